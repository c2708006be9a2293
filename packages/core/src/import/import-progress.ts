import type { KeptAnswer, Reads, Tx } from '../ports/store.ts'
import type { ImportProblem } from './import-source.ts'

/*
 * How far an import is. Bringing something over is a command with a key, the SID at the source; what is kept as its answer says
 * what became of it. It is written in the transaction of what it tells of, so that no crash parts the two.
 */

/** Goes through everything that the source lists, once; a run that was interrupted goes on with the pass that it was in. */
export interface Pass {
  readonly number: number
  readonly isComplete: boolean
}

/** What the source listed of one conversation. */
export interface ListedCounts {
  readonly messages: number
  readonly receipts: number
  /** Files of messages, whether their bytes can be had or not. */
  readonly files: number
  readonly participants: number
  readonly webhooks: number
}

/** How far one conversation is. */
export interface ConversationProgress {
  readonly pass: number
  /** The revision that the import left the conversation with: another one says that it was changed here since. */
  readonly revision: number
  /** Messages come first, then who is in it: whoever sees it sees it whole. */
  readonly stage: 'messages' | 'members' | 'complete'
  /** Where the page of messages begins that is to be read next: a token of the source; null is the beginning. */
  readonly page: string | null
  /** The first index that this pass has not stored. */
  readonly nextIndex: number
  readonly listed: ListedCounts
  /** Of the messages as the source listed them. */
  readonly messagesDigest: string
  /** Of the rest, when it is complete. */
  readonly digest: string
  /** What this pass could not keep as it is: the first of them, and how many there were. */
  readonly problems: readonly ImportProblem[]
  readonly problemsCount: number
}

/** Problems that are kept of one conversation. */
const PROBLEMS_KEPT = 50

/** The same progress with what else could not be kept. */
export function withProblems(progress: ConversationProgress, problems: readonly ImportProblem[]): ConversationProgress {
  if (problems.length === 0) return progress
  const room = Math.max(0, PROBLEMS_KEPT - progress.problems.length)
  return {
    ...progress,
    problems: [...progress.problems, ...problems.slice(0, room)],
    problemsCount: progress.problemsCount + problems.length,
  }
}

const SCOPE = 'import'

/** A pass before its first message: what an earlier one found counts no more. */
export function freshProgress(pass: number, revision: number): ConversationProgress {
  const listed = { messages: 0, receipts: 0, files: 0, participants: 0, webhooks: 0 }
  const digests = { messagesDigest: '', digest: '' }
  return { pass, revision, stage: 'messages', page: null, nextIndex: 0, listed, ...digests, problems: [], problemsCount: 0 }
}

/** How far a conversation is; undefined when it was never brought over. */
export async function progressOf(reads: Reads, conversationSid: string): Promise<ConversationProgress | undefined> {
  return read<ConversationProgress>(await reads.answer(SCOPE, conversationSid))
}

/** The pass that a service is in. */
export async function passOf(reads: Reads, serviceSid: string): Promise<Pass | undefined> {
  return read<Pass>(await reads.answer(SCOPE, serviceSid))
}

/** Keeps how far something is. @param sid of a conversation or a service */
export function keepProgress(tx: Tx, sid: string, progress: ConversationProgress | Pass, now: number): void {
  tx.keepAnswer(SCOPE, sid, { fingerprint: SCOPE, answer: JSON.stringify(progress), dateCreated: now })
}

function read<Kept>(kept: KeptAnswer | undefined): Kept | undefined {
  return kept && (JSON.parse(kept.answer) as Kept)
}

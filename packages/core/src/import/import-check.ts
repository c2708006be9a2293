import { mediaRecords } from '../commands/media.ts'
import type { Reads, Store } from '../ports/store.ts'
import type { ConversationRecord, MediaRecord, MessageRecord } from '../records/records.ts'
import { type ConversationProgress, type ListedCounts, progressOf } from './import-progress.ts'
import { type Digest, digestOnward, shownStoredConversation, shownStoredMessage, surroundingsDigest } from './import-shown.ts'
import type { ImportProblem } from './import-source.ts'

/** What is stored of a conversation, and whether that is what the source listed. */
export interface Checked {
  readonly conversation: ConversationRecord
  /** What the source listed in this pass. */
  readonly listed: ListedCounts
  readonly stored: ListedCounts
  /** What is not as it was listed, in words; empty when everything is. */
  readonly differences: readonly string[]
  /** What could not be kept as it is: the first of it, and how much there was. */
  readonly problems: readonly ImportProblem[]
  readonly problemsCount: number
}

const ROWS = 500

/** Reads a conversation again from the store and holds it against what the source listed. */
export async function checkConversation(
  store: Store,
  conversation: ConversationRecord,
  pass: number,
  digest: Digest,
): Promise<Checked | undefined> {
  const progress = await store.read((reads) => progressOf(reads, conversation.sid))
  if (progress?.pass !== pass || progress.stage !== 'complete') return undefined
  const messages = await checkMessages(store, conversation, digest)
  const [participants, webhooks] = await store.read(async (reads) => [
    await reads.participants(conversation.sid, undefined, Math.max(1, conversation.participantsCount + 1)),
    await reads.conversationWebhooks(conversation.sid),
  ])
  const surroundings = { conversation: shownStoredConversation(conversation), participants, webhooks }
  const stored = { ...messages.counts, participants: participants.length, webhooks: webhooks.length }
  const differences = countDifferences(progress, stored)
  if (messages.digest !== progress.messagesDigest) differences.push('messages differ')
  if (surroundingsDigest(surroundings, digest) !== progress.digest)
    differences.push('the conversation, participants or webhooks differ')
  if (conversation.messagesCount !== stored.messages) differences.push('the count of messages is wrong')
  if (conversation.participantsCount !== stored.participants) differences.push('the count of participants is wrong')
  const { listed, problems, problemsCount } = progress
  return { conversation, listed, stored, differences, problems, problemsCount }
}

function countDifferences({ listed }: ConversationProgress, stored: ListedCounts): string[] {
  const names = ['messages', 'receipts', 'files', 'participants', 'webhooks'] as const
  return names.filter((name) => listed[name] !== stored[name]).map((name) => `${name}: ${stored[name]} of ${listed[name]}`)
}

async function checkMessages(
  store: Store,
  { sid }: ConversationRecord,
  digest: Digest,
): Promise<{ readonly counts: Pick<ListedCounts, 'messages' | 'receipts' | 'files'>; readonly digest: string }> {
  let [from, messages, receipts, files, shown] = [0, 0, 0, 0, '']
  for (;;) {
    const rows = await store.read((reads) => rowsFrom(reads, sid, from))
    for (const row of rows) {
      messages++
      receipts += row.receipts
      files += row.files
      shown = digestOnward(shown, row.shown, digest)
      from = row.index + 1
    }
    if (rows.length < ROWS) return { counts: { messages, receipts, files }, digest: shown }
  }
}

async function rowsFrom(reads: Reads, conversationSid: string, from: number) {
  const rows: { readonly index: number; readonly receipts: number; readonly files: number; readonly shown: string }[] = []
  for (const message of await reads.messages(conversationSid, { from, direction: 'forward', limit: ROWS })) {
    const receipts = message.delivery ? await reads.receipts(conversationSid, message.index) : []
    const files = (await filesOf(reads, message)).length
    rows.push({ index: message.index, receipts: receipts.length, files, shown: shownStoredMessage(message, receipts) })
  }
  return rows
}

/** The files of a message that can be had here. */
async function filesOf(reads: Reads, { media, conversationSid, index }: MessageRecord): Promise<readonly MediaRecord[]> {
  const sids = media.map(({ sid }) => sid)
  const found = (await mediaRecords(reads, sids)).filter((file) => file !== undefined)
  return found.filter(({ message }) => message?.conversationSid === conversationSid && message.index === index)
}

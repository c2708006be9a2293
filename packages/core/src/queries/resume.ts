import {
  bucketOf,
  type ConversationCatchUp,
  type ConversationEvent,
  type KnownRevision,
  type Query,
  type Result,
  revisionDigests,
  type UserCatchUp,
} from '@conversa/protocol'
import { accessBySid } from '../commands/access.ts'
import { countedConversationView, userView } from '../commands/views.ts'
import type { Reads } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import type { UserRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'

/** With more news than this a snapshot is shorter than the delta. */
const DELTA_LIMIT = 500

/**
 * Events of one answer, and characters of their texts. Beyond, conversations are told as snapshots, of which what was said is read page by page:
 * who comes back after a long time to many conversations would otherwise hold up everybody else for seconds.
 */
const ANSWER_LIMITS = { events: 2000, characters: 1024 * 1024 } as const

/** Conversations that an answer to a comparison lists; a client asks for those beyond with the revisions that it knows. */
const COMPARISON_LIMIT = 5000

/**
 * What happened in conversations since the revisions that a client knows: for each the exact delta, a snapshot, or that it is
 * gone; never silence about news (G4). Conversations without news are left out.
 */
export async function resume(
  reads: Reads,
  actor: Actor,
  { since }: Query<'conversation.resume'>,
): Promise<Result<'conversation.resume'>> {
  const conversations: ConversationCatchUp[] = []
  const room = new AnswerRoom()
  for (const known of since) {
    const news = await catchUp(reads, actor, known, room)
    if (news) conversations.push(news)
  }
  return { conversations }
}

async function catchUp(
  reads: Reads,
  actor: Actor,
  { conversationSid, revision: after }: KnownRevision,
  room: AnswerRoom,
): Promise<ConversationCatchUp | undefined> {
  const found = await accessBySid(reads, actor, conversationSid)
  if (found instanceof Refusal) return { conversationSid, gone: true }
  const { conversation, sight, rights } = found
  if (after === conversation.revision) return undefined
  const missed = conversation.revision - after
  const isShort = sight === 'full' && missed > 0 && missed <= DELTA_LIMIT && room.isFor(missed)
  const delta = isShort ? await reads.conversationEvents(conversation, after, DELTA_LIMIT) : undefined
  if (delta && room.take(delta)) return { conversationSid, delta: [...delta], revision: conversation.revision }
  return { conversationSid, snapshot: await countedConversationView(reads, conversation, rights.participant) }
}

/** What one answer may still hold. */
class AnswerRoom {
  #events: number = ANSWER_LIMITS.events
  #characters: number = ANSWER_LIMITS.characters

  /** Whether so many events may be read. */
  isFor(events: number): boolean {
    return this.#characters >= 0 && events <= this.#events
  }

  /** Takes up what events need that were read. @returns false when they are too long: nothing more is read after them */
  take(events: readonly object[]): boolean {
    this.#events -= events.length
    for (const event of events) this.#characters -= charactersOf(event)
    return this.#characters >= 0
  }
}

function charactersOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 0
  let sum = 0
  for (const each of Object.values(value)) sum += charactersOf(each)
  return sum
}

/** Where a log is read on, and how many events at once. */
export interface LogPlace {
  readonly after: number
  readonly limit: number
}

/**
 * The next events of a conversation, for a client that is told everything however much it missed.
 *
 * @returns undefined when they are not kept, or not for this actor to see
 */
export async function conversationLog(
  reads: Reads,
  actor: Actor,
  conversationSid: string,
  { after, limit }: LogPlace,
): Promise<readonly ConversationEvent[] | undefined> {
  const found = await accessBySid(reads, actor, conversationSid)
  if (found instanceof Refusal || found.sight !== 'full') return undefined
  return reads.conversationEvents(found.conversation, after, limit)
}

/**
 * Which of the user's conversations are not at the revisions that a client knows. It gives digests of these, and only what is in
 * buckets that differ is answered: so nothing travels for the thousands of conversations in which nothing happened.
 */
export async function compare(
  reads: Reads,
  actor: Actor,
  { digests }: Query<'conversation.compare'>,
): Promise<Result<'conversation.compare'>> {
  const known = await reads.membershipRevisions(actor)
  const differing = revisionDigests(known).flatMap((digest, bucket) => (digest === digests[bucket] ? [] : [bucket]))
  const conversations = known.filter(({ conversationSid }) => differing.includes(bucketOf(conversationSid)))
  return { differing, conversations: conversations.slice(0, COMPARISON_LIMIT) }
}

/**
 * The same for the user's own scope.
 *
 * @param after the revision that the client knows; undefined when it knows nothing
 */
export async function catchUpUser(reads: Reads, user: UserRecord, after: number | undefined): Promise<UserCatchUp> {
  const isShort = after !== undefined && after <= user.revision && user.revision - after <= DELTA_LIMIT
  const delta = isShort ? await reads.userEvents(user, after, DELTA_LIMIT) : undefined
  return delta && new AnswerRoom().take(delta)
    ? { delta: [...delta], revision: user.revision }
    : { snapshot: userView(user), revision: user.revision }
}

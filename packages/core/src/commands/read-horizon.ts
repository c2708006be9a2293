import type { Reads, Scope } from '../ports/store.ts'
import type { ConversationRecord, ParticipantRecord, UserRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { type Access, accessInside } from './access.ts'
import { Changes } from './changes.ts'
import { handler } from './handler.ts'
import { messagesAbove } from './views.ts'

/** A place up to which somebody may have read. */
export interface Horizon {
  /** Clamped to the last index; null is never. */
  readonly target: number | null
  /** Messages above the target. */
  readonly unread: number
}

/** Finds the place that is meant: beyond the end means the end (rest-and-semantics 3.5). */
export async function horizonAt(reads: Reads, conversation: ConversationRecord, index: number | null): Promise<Horizon> {
  const target = index === null || conversation.nextIndex === 0 ? null : Math.min(index, conversation.nextIndex - 1)
  const unread = target === null ? conversation.messagesCount : await messagesAbove(reads, conversation, target)
  return { target, unread }
}

/**
 * Moves how far a participant has read.
 *
 * @param horizon where to; undefined leaves it
 * @param timestamp when they read it, also where it is not said what; now when it is not given, and null takes it away
 * @returns the participant as they are now
 */
export function moveHorizon(
  changes: Changes,
  participant: ParticipantRecord,
  user: UserRecord | undefined,
  horizon: Horizon | undefined,
  timestamp: number | null | undefined,
  now: number,
): ParticipantRecord {
  const { lastReadMessageIndex: before, lastReadTimestamp } = participant
  if (!horizon) return participant
  const { target, unread } = horizon
  const stays = target === before && (timestamp === undefined || timestamp === lastReadTimestamp)
  if (stays) return participant
  const read = target === null ? null : now
  const moved = { lastReadMessageIndex: target, lastReadTimestamp: timestamp === undefined ? read : timestamp }
  return changes.horizonMoved(participant, user && changes.userAfter(user), moved, target === null ? null : unread, now)
}

interface HorizonFacts extends Access {
  readonly horizon: Horizon
}

/** How far a user has read (rest-and-semantics 3.5). Allowed in a closed conversation: reading changes nothing in it. */
export const setReadHorizon = handler<'readHorizon.set', HorizonFacts>({
  scopes: (actor, { conversationSid }): Scope[] => [{ conversation: conversationSid }, { user: actor }],
  async facts(reads, actor, { conversationSid, index, advance }) {
    const found = await accessInside(reads, actor, conversationSid)
    if (found instanceof Refusal) return found
    const { conversation, rights } = found
    const current = rights.participant?.lastReadMessageIndex ?? null
    // Advancing never lowers it (G6).
    const wanted = await horizonAt(reads, conversation, index)
    const stays = advance && (wanted.target ?? -1) < (current ?? -1)
    return { ...found, horizon: stays ? await horizonAt(reads, conversation, current) : wanted }
  },
  decide({ conversation, rights, user, horizon }, _command, { now }) {
    const { participant } = rights
    if (!participant) return new Refusal('not-a-participant')
    const changes = new Changes(conversation)
    moveHorizon(changes, participant, user, horizon, undefined, now)
    return { changes, result: { lastReadMessageIndex: horizon.target, unreadMessagesCount: horizon.unread } }
  },
})

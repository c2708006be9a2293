import { type MessageRecord, messageView } from '@conversa/core'
import type { ConversationEvent } from '@conversa/protocol'

/** A stored message as the log entry that it is, in the form that it has now; once removed it keeps its place only. */
function messageAdded(record: MessageRecord): ConversationEvent {
  const { conversationSid, revision, removed } = record
  const event = { type: 'message.added', conversationSid, revision, message: messageView(record) } as const
  return removed ? { ...event, removed } : event
}

/** A part of a log: what has a revision after the one and up to the other. */
export interface LogRange {
  readonly after: number
  readonly through: number
}

/** The part that holds the first events after a revision. */
export function firstOf({ revision }: { readonly revision: number }, after: number, limit: number): LogRange {
  return { after, through: Math.min(revision, after + limit) }
}

/** The events when they are all there; undefined when one of them is not kept, or the part lies in the future. */
export function wholeLog<Logged>(events: readonly Logged[], { after, through }: LogRange): readonly Logged[] | undefined {
  return events.length === through - after ? events : undefined
}

/**
 * Puts the two halves of a conversation's log together.
 *
 * @param changes logged events of the range
 * @param messages messages that were stored in it
 * @returns the events in order; undefined when one of them is not kept
 */
export function mergeLog(
  range: LogRange,
  changes: readonly ConversationEvent[],
  messages: readonly MessageRecord[],
): readonly ConversationEvent[] | undefined {
  const events = [...changes, ...messages.map(messageAdded)].sort((a, b) => a.revision - b.revision)
  return wholeLog(events, range)
}

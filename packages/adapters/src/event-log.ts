import { type ConversationRecord, type MessageRecord, messageView } from '@conversa/core'
import type { ConversationEvent } from '@conversa/protocol'

/** A stored message as the log entry that it is, in the form that it has now; once removed it keeps its place only. */
function messageAdded(record: MessageRecord): ConversationEvent {
  const { conversationSid, revision, removed } = record
  const event = { type: 'message.added', conversationSid, revision, message: messageView(record) } as const
  return removed ? { ...event, removed } : event
}

/**
 * Puts the two halves of a conversation's log together.
 *
 * @param changes logged events after `after`
 * @param messages messages stored after `after`
 * @returns the events in order; undefined when one of them is not kept any more
 */
export function mergeLog(
  conversation: ConversationRecord,
  after: number,
  changes: readonly ConversationEvent[],
  messages: readonly MessageRecord[],
): readonly ConversationEvent[] | undefined {
  const events = [...changes, ...messages.map(messageAdded)].sort((a, b) => a.revision - b.revision)
  return events.length === conversation.revision - after ? events : undefined
}

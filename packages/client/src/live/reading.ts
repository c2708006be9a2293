import { failure } from '../errors.ts'
import type { Message } from '../message.ts'
import type { Paginator } from '../paginator.ts'
import type { LiveConversation } from './live-conversation.ts'
import { MOST_PER_PAGE } from './live-messages.ts'

/**
 * Sets how far the user has read.
 *
 * @param advance only upward (G6)
 * @returns how many messages are above the horizon then
 */
export async function setHorizon(live: LiveConversation, index: number | null, advance: boolean): Promise<number> {
  const { unreadMessagesCount } = await live.run({ type: 'readHorizon.set', index, ...(advance && { advance }) })
  return unreadMessagesCount
}

/** Sets the horizon to the newest message; without any nothing is written. @returns how many messages are unread then */
export async function markAllRead(live: LiveConversation): Promise<number> {
  const { lastMessage } = await live.counted()
  return lastMessage ? setHorizon(live, lastMessage.index, true) : 0
}

/** @returns the messages above the horizon, null without one; rejects when the user is not in the conversation */
export function getUnreadMessagesCount({ stream }: LiveConversation): number | null {
  if (!stream.view.membership) throw failure('notAParticipant')
  return stream.view.membership.unread
}

/** Reads the first page of a query for messages. */
export function pageOf(
  live: LiveConversation,
  pageSize: number,
  anchor: number | undefined,
  direction: 'backwards' | 'forward',
): Promise<Paginator<Message>> {
  const limit = Math.min(pageSize, MOST_PER_PAGE)
  return live.messages.page({ direction, limit, ...(anchor !== undefined && { anchor }) })
}

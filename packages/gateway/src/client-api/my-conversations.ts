import type { ListCursor } from '@conversa/protocol'
import { type Answer, ok } from './answer.ts'
import type { Call } from './call.ts'
import { conversationResource, fetchConversation, showConversation } from './conversations.ts'
import type { Links } from './links.ts'
import { readToken, writeToken } from './page-token.ts'

/** Conversations that the client is told of at once, newest activity first. */
const PAGE = 100

/** A page of the conversations that the user is in. */
export async function myConversationsPage(call: Call) {
  const after = readToken<ListCursor>(call.request.params.PageToken)
  const { conversations, next } = await call.ask('conversation.list', { limit: PAGE, after })
  return { conversations, meta: { next_token: next && writeToken(next), previous_token: null } }
}

/** The conversations that the user is in (twilio-wire-protocol 3.2). */
export async function listMyConversations(call: Call, links: Links): Promise<Answer> {
  const { conversations, meta } = await myConversationsPage(call)
  return ok({ conversations: conversations.map((view) => conversationResource(view, links)), meta })
}

export const fetchMyConversation = showConversation

/** The read horizon, the notification level, or both. */
export async function updateMyConversation(call: Call, links: Links, name: string): Promise<Answer> {
  const { sid: conversationSid } = await call.conversation(name)
  const { last_read_message_index: index, notification_level: notificationLevel } = call.request.body
  if (notificationLevel !== undefined) await call.execute('membership.update', { conversationSid, notificationLevel })
  if (index === undefined) return fetchConversation(call, links, conversationSid)
  const { unreadMessagesCount } = await call.execute('readHorizon.set', { conversationSid, index })
  return ok({
    ...conversationResource(await call.conversation(conversationSid), links),
    unread_messages_count: unreadMessagesCount,
  })
}

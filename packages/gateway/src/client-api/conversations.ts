import type { ConversationView } from '@conversa/protocol'
import { messagesName, objectsOf } from '../sync/names.ts'
import { type Answer, created, DONE, ok } from './answer.ts'
import type { Call } from './call.ts'
import type { Links } from './links.ts'

/** What clients of all versions read of a conversation. */
export function conversationFields(view: ConversationView): object {
  return {
    status: view.membership ? 'joined' : 'notParticipating',
    friendly_name: view.friendlyName,
    unique_name: view.uniqueName,
    attributes: view.attributes,
    created_by: view.createdBy,
    date_created: new Date(view.dateCreated).toISOString(),
    date_updated: new Date(view.dateUpdated).toISOString(),
    notification_level: view.membership?.notificationLevel ?? 'default',
    unread_messages_count: view.membership?.unread ?? null,
    messages_count: view.messagesCount,
  }
}

/** A conversation as the vendor's client reads it (twilio-wire-protocol 4.1). */
export function conversationResource(view: ConversationView, links: Links): object {
  const url = `${links.conversations}/${view.sid}`
  return {
    ...conversationFields(view),
    sid: view.sid,
    conversation_sid: view.sid,
    state: view.state,
    last_read_message_index: view.membership?.lastReadMessageIndex ?? null,
    participants_count: view.participantsCount,
    sync_objects: objectsOf(view.sid),
    url,
    links: { messages: `${url}/Messages`, participants: `${url}/Participants` },
  }
}

/** What an update may carry: absent is "not given", an empty name takes it away. */
const naming = ({ friendly_name, unique_name, attributes }: Readonly<Record<string, unknown>>) => ({
  friendlyName: friendly_name,
  uniqueName: unique_name,
  attributes,
})

export async function createConversation(call: Call, links: Links): Promise<Answer> {
  const { conversation } = await call.execute('conversation.create', naming(call.request.body))
  return created(conversationResource(conversation, links))
}

export async function fetchConversation(call: Call, links: Links, name: string): Promise<Answer> {
  return ok(conversationResource(await call.conversation(name), links))
}

/** The same for who asks for nothing else: they have been told of what the counts count. */
export async function showConversation(call: Call, links: Links, name: string): Promise<Answer> {
  const view = await call.conversation(name)
  if (view.membership) await call.subscriptions.told(messagesName(view.sid), view.revision)
  return ok(conversationResource(view, links))
}

export async function updateConversation(call: Call, links: Links, name: string): Promise<Answer> {
  const { sid: conversationSid } = await call.conversation(name)
  await call.execute('conversation.update', { conversationSid, ...naming(call.request.body) })
  return fetchConversation(call, links, conversationSid)
}

export async function deleteConversation(call: Call, _links: Links, name: string): Promise<Answer> {
  const { sid: conversationSid } = await call.conversation(name)
  await call.execute('conversation.delete', { conversationSid })
  return DONE
}

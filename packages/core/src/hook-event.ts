import type { Media, Message, MessagingBinding, Participant, User } from '@conversa/protocol'
import type { Published } from './changes.ts'
import type { PostEvent } from './hook-names.ts'
import type { ConversationRecord, MessageRecord, WebhookRecord } from './records.ts'
import type { Reads } from './store.ts'
import { conversationView, messageView, participantView, userView } from './views.ts'

/** Names and values of a form; what is null or undefined is not sent. */
type Fields = Readonly<Record<string, string | number | null | undefined>>

/** What webhooks are told of one event. */
export interface HookEvent {
  readonly name: PostEvent
  /** The same whenever it is told: it derives from where the event stands in its scope. */
  readonly id: string
  /** The conversation or the user that it is about. */
  readonly subject: string
  readonly fields: Readonly<Record<string, string>>
}

/** A change as a whole, of which webhooks are told event by event. */
export interface Happening {
  readonly published: readonly Published[]
  /** When it happens, milliseconds since 1970. */
  readonly now: number
  /** Webhooks that come to be with it. */
  readonly attached?: readonly WebhookRecord[]
  /** Whether time alone brought it about. */
  readonly isElapse?: boolean
  /** Whether webhooks are not to be told. */
  readonly isSilent?: boolean
}

/** What is told of an event, before it has its id. */
interface Told {
  readonly name: PostEvent
  readonly fields: Fields
}

/** Events that webhooks hear of. Memberships and profiles are told by other events of the same change. */
const HEARD = new Set<Published['event']['type']>([
  'conversation.created',
  'conversation.updated',
  'conversation.deleted',
  'participant.joined',
  'participant.updated',
  'participant.left',
  'message.added',
  'message.updated',
  'message.removed',
  'receipt.recorded',
  'user.created',
  'user.updated',
])

/** Whether webhooks hear of an event at all. */
export function isHeard({ event }: Published): boolean {
  return HEARD.has(event.type)
}

/**
 * What webhooks are told of an event (rest-and-semantics 3.8).
 *
 * @param reads as it was before the change: what is removed is told as it was
 * @param happening the whole change
 */
export async function hookEvents(reads: Reads, one: Published, happening: Happening): Promise<readonly HookEvent[]> {
  const { now } = happening
  const { event, serviceSid } = one
  if (!('revision' in event)) return []
  if (!('conversationSid' in event)) {
    const told = await ofUser(reads, one, now)
    return told ? [named(told.sid, event.revision, told)] : []
  }
  const all = [
    ...(await ofConversation(reads, one, happening)),
    await ofParticipant(reads, one, now),
    await ofMessage(reads, one, now),
    ofReceipt(one, serviceSid),
  ]
  return all.flatMap((told) => (told ? [named(event.conversationSid, event.revision, told)] : []))
}

function named(subject: string, revision: number, { name, fields }: Told): HookEvent {
  const given = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
  return {
    name,
    id: `${subject}.${revision}.${name}`,
    subject,
    fields: Object.fromEntries(given.map(([field, value]) => [field, String(value)])),
  }
}

/** What webhooks were told, or could have been told, when a message was new; files and text are as they are now. */
export function messageAddedEvent(message: MessageRecord): HookEvent {
  const { conversationSid, revision } = message
  const fields = messageFields(conversationSid, messageView(message))
  return named(conversationSid, revision, { name: 'onMessageAdded', fields })
}

/** Milliseconds are said, unlike in REST. */
const date = (at: number) => new Date(at).toISOString()

async function ofConversation(
  reads: Reads,
  { serviceSid, event }: Published,
  { published, now, isElapse = false }: Happening,
): Promise<readonly Told[]> {
  if (event.type === 'conversation.created') {
    return [{ name: 'onConversationAdded', fields: conversationFields(serviceSid, event.conversation) }]
  }
  if (event.type !== 'conversation.updated' && event.type !== 'conversation.deleted') return []
  const before = await reads.conversation(serviceSid, event.conversationSid)
  if (!before) return []
  if (event.type === 'conversation.deleted') {
    const fields = { ...conversationFields(serviceSid, conversationView(before)), DateRemoved: date(now) }
    return [{ name: 'onConversationRemoved', fields }]
  }
  const after = { ...before, ...event.changes, dateUpdated: event.dateUpdated }
  // Neither a message that wakes a conversation nor its timers change anything that anybody set.
  const isWoken = published.some((other) => other.event.type === 'message.added')
  const reason = isWoken ? 'EVENT' : isElapse ? 'TIMER' : 'API'
  const updated: Told = { name: 'onConversationUpdated', fields: conversationFields(serviceSid, conversationView(after)) }
  const moved = after.state === before.state ? [] : [stateMoved(before, after, reason)]
  return reason !== 'API' ? moved : [updated, ...moved]
}

function stateMoved(before: ConversationRecord, after: ConversationRecord, reason: 'EVENT' | 'TIMER' | 'API'): Told {
  const fields = {
    ChatServiceSid: before.serviceSid,
    ConversationSid: before.sid,
    StateUpdated: date(after.dateUpdated),
    StateFrom: before.state,
    StateTo: after.state,
    Reason: reason,
  }
  return { name: 'onConversationStateUpdated', fields }
}

function conversationFields(serviceSid: string, view: ReturnType<typeof conversationView>): Fields {
  return {
    ConversationSid: view.sid,
    DateCreated: date(view.dateCreated),
    DateUpdated: date(view.dateUpdated),
    FriendlyName: view.friendlyName,
    UniqueName: view.uniqueName,
    Attributes: view.attributes,
    ChatServiceSid: serviceSid,
    State: view.state,
  }
}

async function ofParticipant(reads: Reads, { event }: Published, now: number): Promise<Told | undefined> {
  if (event.type === 'participant.joined') {
    return { name: 'onParticipantAdded', fields: participantFields(event.conversationSid, event.participant) }
  }
  if (event.type !== 'participant.updated' && event.type !== 'participant.left') return undefined
  const record = await reads.participant(event.conversationSid, event.participantSid)
  if (!record) return undefined
  const before = participantView(record)
  if (event.type === 'participant.left') {
    const dates = { DateUpdated: date(before.dateUpdated), DateRemoved: date(now) }
    return { name: 'onParticipantRemoved', fields: { ...participantFields(event.conversationSid, before), ...dates } }
  }
  const after = { ...before, ...event.changes }
  const fields = participantFields(event.conversationSid, after)
  const moved = { DateUpdated: date(event.dateUpdated), LastReadMessageIndex: after.lastReadMessageIndex }
  return { name: 'onParticipantUpdated', fields: { ...fields, ...moved } }
}

function participantFields(conversationSid: string, participant: Participant): Fields {
  return {
    ConversationSid: conversationSid,
    ParticipantSid: participant.sid,
    DateCreated: date(participant.dateCreated),
    Identity: participant.identity,
    RoleSid: participant.roleSid,
    Attributes: participant.attributes,
    ...bindingFields(participant.binding ?? null),
  }
}

function bindingFields(binding: MessagingBinding | null): Fields {
  return {
    'MessagingBinding.ProxyAddress': binding?.proxyAddress,
    'MessagingBinding.Address': binding?.address,
    'MessagingBinding.Type': (binding?.type ?? 'chat').toUpperCase(),
  }
}

async function ofMessage(reads: Reads, { event }: Published, now: number): Promise<Told | undefined> {
  if (event.type === 'message.added') {
    return { name: 'onMessageAdded', fields: messageFields(event.conversationSid, event.message) }
  }
  if (event.type !== 'message.updated' && event.type !== 'message.removed') return undefined
  const record = await reads.message(event.conversationSid, event.index)
  if (!record) return undefined
  const before = messageView(record)
  if (event.type === 'message.updated') {
    const after = { ...before, ...event.changes }
    const fields = { ...messageFields(event.conversationSid, after), DateUpdated: date(event.dateUpdated) }
    return { name: 'onMessageUpdated', fields }
  }
  const dates = { DateUpdated: date(before.dateUpdated), DateRemoved: date(now) }
  return { name: 'onMessageRemoved', fields: { ...messageFields(event.conversationSid, before), ...dates } }
}

function messageFields(conversationSid: string, message: Message): Fields {
  return {
    ConversationSid: conversationSid,
    MessageSid: message.sid,
    Index: message.index,
    DateCreated: date(message.dateCreated),
    Body: message.body,
    Author: message.author,
    ParticipantSid: message.participantSid,
    Attributes: message.attributes,
    Media: message.media.length > 0 ? JSON.stringify(message.media.map(mediaFields)) : undefined,
  }
}

/** The vendor's guide names no keys, its event stream does: under these two names a file is found either way. */
const mediaFields = ({ sid, filename, contentType, size }: Media) => ({
  Sid: sid,
  MediaSid: sid,
  Filename: filename,
  ContentType: contentType,
  Size: size,
})

function ofReceipt({ event }: Published, serviceSid: string): Told | undefined {
  if (event.type !== 'receipt.recorded') return undefined
  const { receipt } = event
  const fields = {
    ConversationSid: event.conversationSid,
    ChatServiceSid: serviceSid,
    MessageSid: receipt.messageSid,
    DeliveryReceiptSid: receipt.sid,
    ChannelMessageSid: receipt.channelMessageSid,
    ParticipantSid: receipt.participantSid,
    Status: receipt.status,
    ErrorCode: receipt.errorCode ?? 0,
    DateCreated: date(receipt.dateCreated),
    DateUpdated: date(receipt.dateUpdated),
  }
  return { name: 'onDeliveryUpdated', fields }
}

async function ofUser(
  reads: Reads,
  { serviceSid, event }: Published,
  now: number,
): Promise<(Told & { sid: string }) | undefined> {
  if (event.type === 'user.created') {
    const fields = { ...userFields(serviceSid, event.user), DateCreated: date(event.user.dateCreated) }
    return { sid: event.user.sid, name: 'onUserAdded', fields }
  }
  if (event.type !== 'user.updated') return undefined
  const record = await reads.user({ serviceSid, identity: event.identity })
  if (!record) return undefined
  const after = { ...userView(record), ...event.changes }
  const dates = { DateCreated: date(after.dateCreated), DateUpdated: date(event.dateUpdated ?? now) }
  return { sid: after.sid, name: 'onUserUpdated', fields: { ...userFields(serviceSid, after), ...dates } }
}

function userFields(serviceSid: string, user: User): Fields {
  return {
    ChatServiceSid: serviceSid,
    UserSid: user.sid,
    Identity: user.identity,
    RoleSid: user.roleSid,
    Attributes: user.attributes,
    FriendlyName: user.friendlyName,
  }
}

import type { Published } from '../commands/changes.ts'
import { messageView, userView } from '../commands/views.ts'
import type { Happening } from '../outbox/happening.ts'
import type { Reads } from '../ports/store.ts'
import type { PostEvent } from '../records/hook-names.ts'
import type { ConversationRecord, MessageRecord } from '../records/records.ts'
import {
  beginningOf,
  conversationFields,
  date,
  type Fields,
  isAssembled,
  messageFields,
  participantFields,
  receiptFields,
  userFields,
} from './hook-fields.ts'

type Texts = Readonly<Record<string, string>>

/** What webhooks are told of one event. */
export interface HookEvent {
  readonly name: PostEvent
  /** The same whenever it is told: it derives from where the event stands in its scope. */
  readonly id: string
  /** The conversation or the user that it is about. */
  readonly subject: string
  readonly fields: Texts
  /** What is told only to whom is asked before it happens. */
  readonly beforehand: Texts
}

/** What is told of an event, before it has its id. */
interface Told {
  readonly name: PostEvent
  readonly fields: Fields
  readonly beforehand?: Fields
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
    const told = await ofUser(reads, one, happening)
    return told ? [named(told.sid, event.revision, told)] : []
  }
  const all = [
    ...(await ofConversation(reads, one, happening)),
    ofParticipant(one, now),
    await ofMessage(reads, one, now),
    ofReceipt(one, serviceSid),
    ofAssembly(one, happening),
  ]
  return all.flatMap((told) => (told ? [named(event.conversationSid, event.revision, told)] : []))
}

function named(subject: string, revision: number, { name, fields, beforehand = {} }: Told): HookEvent {
  return {
    name,
    id: `${subject}.${revision}.${name}`,
    subject,
    fields: textsOf(fields),
    beforehand: textsOf(beforehand),
  }
}

function textsOf(fields: Fields): Texts {
  const given = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(given.map(([field, value]) => [field, String(value)]))
}

/**
 * What webhooks were told, or could have been told, when a message was new; files and text are as they are now.
 *
 * @param conversation that it is in
 */
export function messageAddedEvent(message: MessageRecord, conversation: ConversationRecord): HookEvent {
  return named(conversation.sid, message.revision, messageAdded(conversation, messageView(message)))
}

function messageAdded({ sid, messagingServiceSid }: ConversationRecord, message: ReturnType<typeof messageView>): Told {
  return { name: 'onMessageAdded', fields: { ...messageFields(sid, message), MessagingServiceSid: messagingServiceSid } }
}

/** The rows of a change that was made here: what is told of is never what other nodes did. */
function rowsOf({ rows, event }: Published): NonNullable<Published['rows']> {
  if (!rows) throw new Error(`unable to tell webhooks of ${event.type}: its rows are not here`)
  return rows
}

async function ofConversation(
  reads: Reads,
  one: Published,
  { published, now, isElapse = false }: Happening,
): Promise<readonly Told[]> {
  const { serviceSid, event } = one
  if (event.type === 'conversation.created') {
    const beginning = beginningOf(published)
    const fields = { ...conversationFields(rowsOf(one).conversation), ...beginning?.binding }
    return [{ name: 'onConversationAdded', fields, ...(beginning && { beforehand: beginning.said }) }]
  }
  if (event.type !== 'conversation.updated' && event.type !== 'conversation.deleted') return []
  const before = await reads.conversation(serviceSid, event.conversationSid)
  if (!before) return []
  if (event.type === 'conversation.deleted') {
    return [{ name: 'onConversationRemoved', fields: { ...conversationFields(before), DateRemoved: date(now) } }]
  }
  const { conversation: after } = rowsOf(one)
  // Neither a message that wakes a conversation nor its timers change anything that anybody set.
  const isWoken = published.some((other) => other.event.type === 'message.added')
  const reason = isWoken ? 'EVENT' : isElapse ? 'TIMER' : 'API'
  const updated: Told = { name: 'onConversationUpdated', fields: conversationFields(after) }
  const moved = after.state === before.state ? [] : [stateMoved(before, after, reason)]
  return reason !== 'API' ? moved : [updated, ...moved]
}

/**
 * A conversation that comes to be with people in it was being set up until the last of it was there (rest-and-semantics 3.1): clients
 * never see it like that, and back ends are told that it is ready. One that a single phone begins is ready at once.
 */
function ofAssembly(one: Published, { published }: Happening): Told | undefined {
  const isLast = published.findLast((other) => isHeard(other) && 'conversationSid' in other.event) === one
  if (!isLast || !isAssembled(published)) return undefined
  const { conversation } = rowsOf(one)
  return stateMoved({ state: 'initializing' }, conversation, 'EVENT')
}

type StateReason = 'EVENT' | 'TIMER' | 'API'

function stateMoved(before: { readonly state: string }, after: ConversationRecord, reason: StateReason): Told {
  const fields = {
    ChatServiceSid: after.serviceSid,
    ConversationSid: after.sid,
    MessagingServiceSid: after.messagingServiceSid,
    StateUpdated: date(after.dateUpdated),
    StateFrom: before.state,
    StateTo: after.state,
    Reason: reason,
  }
  return { name: 'onConversationStateUpdated', fields }
}

function ofParticipant(one: Published, now: number): Told | undefined {
  const { type } = one.event
  if (type !== 'participant.joined' && type !== 'participant.updated' && type !== 'participant.left') return undefined
  const { participant } = rowsOf(one)
  if (!participant) throw new Error(`unable to tell webhooks of ${type}: the participant is not known`)
  const fields = participantFields(participant)
  if (type === 'participant.joined') return { name: 'onParticipantAdded', fields }
  const DateUpdated = date(participant.dateUpdated)
  if (type === 'participant.left') {
    return { name: 'onParticipantRemoved', fields: { ...fields, DateUpdated, DateRemoved: date(now) } }
  }
  const { lastReadMessageIndex: LastReadMessageIndex } = participant
  return { name: 'onParticipantUpdated', fields: { ...fields, DateUpdated, LastReadMessageIndex } }
}

async function ofMessage(reads: Reads, one: Published, now: number): Promise<Told | undefined> {
  const { event } = one
  if (event.type === 'message.added') return messageAdded(rowsOf(one).conversation, event.message)
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

function ofReceipt({ event }: Published, serviceSid: string): Told | undefined {
  if (event.type !== 'receipt.recorded') return undefined
  return { name: 'onDeliveryUpdated', fields: receiptFields(event.conversationSid, serviceSid, event.receipt) }
}

async function ofUser(
  reads: Reads,
  { serviceSid, event }: Published,
  { now, reachability }: Happening,
): Promise<(Told & { sid: string }) | undefined> {
  if (event.type === 'user.created') {
    const fields = { ...userFields(serviceSid, event.user), DateCreated: date(event.user.dateCreated) }
    return { sid: event.user.sid, name: 'onUserAdded', fields }
  }
  if (event.type !== 'user.updated') return undefined
  const key = { serviceSid, identity: event.identity }
  const record = await reads.user(key)
  if (!record) return undefined
  const after = { ...userView(record), ...event.changes }
  const reached = await reachability?.(reads, key)
  const fields = {
    ...userFields(serviceSid, after),
    DateCreated: date(after.dateCreated),
    DateUpdated: date(event.dateUpdated ?? now),
    isOnline: reached?.online,
    isNotifiable: reached?.notifiable,
  }
  return { sid: after.sid, name: 'onUserUpdated', fields }
}

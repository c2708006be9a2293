import { deliveryView } from '../commands/views.ts'
import { canonicalAddress } from '../records/address.ts'
import { transitionsOf } from '../records/conversation-timers.ts'
import type { ConversationRecord, MessageRecord, ParticipantRecord, ReceiptRecord, WebhookRecord } from '../records/records.ts'
import type { SourceConversation, SourceMessage, SourceParticipant, SourceReceipt, SourceWebhook } from './import-source.ts'

/*
 * One text for what a source shows and for what we keep of it: when the two are the same, nothing was lost. What the source does not
 * show is not in it.
 */

/** Reduces a text to a short one. */
export type Digest = (text: string) => string

/** The digest of a list, item by item, so that it can be gone on with. */
export function digestOnward(before: string, shown: string, digest: Digest): string {
  return digest(`${before}\n${shown}`)
}

export function shownMessage(message: SourceMessage): string {
  return messageText(message, message.delivery, message.receipts)
}

export function shownStoredMessage(message: MessageRecord, receipts: readonly ReceiptRecord[]): string {
  return messageText(message, message.delivery && deliveryView(message.delivery), receipts)
}

type MessageFields = Omit<SourceMessage, 'delivery' | 'receipts'>

function messageText(message: MessageFields, delivery: SourceMessage['delivery'], receipts: readonly SourceReceipt[]): string {
  const { sid, index, author, participantSid, body, subject, attributes, dateCreated, dateUpdated } = message
  const media = message.media.map((one) => [one.sid, one.size, one.contentType, one.filename])
  const amounts = delivery && [
    delivery.total,
    delivery.sent,
    delivery.delivered,
    delivery.read,
    delivery.failed,
    delivery.undelivered,
  ]
  const reports = bySid(receipts).map((one) => [
    one.sid,
    one.participantSid,
    one.channelMessageSid,
    one.status,
    one.errorCode,
    one.dateCreated,
    one.dateUpdated,
  ])
  const said = [sid, index, author, participantSid, body, subject, attributes, dateCreated, dateUpdated]
  return JSON.stringify([...said, media, amounts, reports])
}

/** Everything of a conversation but its messages. */
export interface Surroundings {
  readonly conversation: string
  readonly participants: readonly SourceParticipant[]
  readonly webhooks: readonly SourceWebhook[]
}

export function shownConversation(conversation: SourceConversation): string {
  const { state, inactiveAt, closedAt } = conversation
  return conversationText(conversation, state === 'active' ? inactiveAt : null, state === 'closed' ? null : closedAt)
}

export function shownStoredConversation(conversation: ConversationRecord): string {
  const at = (wanted: 'inactive' | 'closed') => transitionsOf(conversation).find(({ state }) => state === wanted)?.at ?? null
  return conversationText(conversation, at('inactive'), at('closed'))
}

type ConversationFields = Omit<SourceConversation, 'inactiveAt' | 'closedAt'>

function conversationText(fields: ConversationFields, inactiveAt: number | null, closedAt: number | null): string {
  const { sid, uniqueName, friendlyName, attributes, state, dateCreated, dateUpdated } = fields
  const outside = [fields.messagingServiceSid, fields.email?.address, fields.email?.name]
  return JSON.stringify([
    sid,
    uniqueName,
    friendlyName,
    attributes,
    state,
    dateCreated,
    dateUpdated,
    inactiveAt,
    closedAt,
    outside,
  ])
}

function shownParticipant(one: SourceParticipant | ParticipantRecord): string {
  const { binding } = one
  const reached = binding && [
    canonicalAddress(binding.address),
    binding.proxyAddress && canonicalAddress(binding.proxyAddress),
    binding.name,
    binding.level,
  ]
  const read = [one.lastReadMessageIndex, one.lastReadTimestamp, one.notificationLevel]
  const who = [one.sid, one.identity, reached, one.projectedAddress]
  return JSON.stringify([...who, one.roleSid, one.attributes, ...read, one.dateCreated, one.dateUpdated])
}

function shownWebhook(one: SourceWebhook | WebhookRecord): string {
  const { sid, target, preUrl, postUrl, method, filters, triggers, dateCreated, dateUpdated } = one
  return JSON.stringify([sid, target, preUrl, postUrl, method, filters, triggers, dateCreated, dateUpdated])
}

/** The digest of all that surrounds the messages. */
export function surroundingsDigest({ conversation, participants, webhooks }: Surroundings, digest: Digest): string {
  const all = [conversation, ...bySid(participants).map(shownParticipant), ...bySid(webhooks).map(shownWebhook)]
  return digest(all.join('\n'))
}

function bySid<Item extends { readonly sid: string }>(items: readonly Item[]): readonly Item[] {
  return [...items].sort((a, b) => (a.sid < b.sid ? -1 : 1))
}

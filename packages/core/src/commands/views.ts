import type {
  ConversationBindings,
  ConversationView,
  Delivery,
  DeliveryAmount,
  Message,
  MessagingBinding,
  Participant,
  Receipt,
  User,
} from '@conversa/protocol'
import type { Reads } from '../ports/store.ts'
import { channelOf } from '../records/address.ts'
import type {
  BindingRecord,
  ConversationRecord,
  DeliveryCounts,
  MessageRecord,
  ParticipantRecord,
  ReceiptRecord,
  UserRecord,
} from '../records/records.ts'

/** What a user sees of a conversation: its fields, and what they have of it when they are in it. */
export function conversationView(
  record: ConversationRecord,
  participant?: ParticipantRecord,
  unread: number | null = null,
): ConversationView {
  return {
    sid: record.sid,
    revision: record.revision,
    uniqueName: record.uniqueName,
    friendlyName: record.friendlyName,
    attributes: record.attributes,
    createdBy: record.createdBy,
    dateCreated: record.dateCreated,
    dateUpdated: record.dateUpdated,
    state: record.state,
    stateUpdated: record.stateUpdated,
    messagesCount: record.messagesCount,
    participantsCount: record.participantsCount,
    lastMessage: record.lastMessage,
    bindings: conversationBindings(record.email),
    membership: participant
      ? {
          participantSid: participant.sid,
          notificationLevel: participant.notificationLevel,
          lastReadMessageIndex: participant.lastReadMessageIndex,
          lastReadTimestamp: participant.lastReadTimestamp,
          unread,
        }
      : null,
  }
}

/** The same, with the exact unread count. */
export async function countedConversationView(
  reads: Reads,
  record: ConversationRecord,
  participant: ParticipantRecord | undefined,
): Promise<ConversationView> {
  const horizon = participant?.lastReadMessageIndex ?? null
  const unread = horizon === null ? null : await messagesAbove(reads, record, horizon)
  return conversationView(record, participant, unread)
}

/** The addresses of a conversation as its members see them. */
export function conversationBindings(email: ConversationRecord['email']): ConversationBindings {
  return email ? { email: { projected_address: email.address, ...(email.name !== null && { name: email.name }) } } : {}
}

/**
 * Messages above an index, exactly. Nothing is kept per member for it (G5): it is the distance to the end less the tombstones in
 * between, and without any tombstone nothing is read at all.
 */
export async function messagesAbove(reads: Reads, record: ConversationRecord, index: number): Promise<number> {
  const distance = record.nextIndex - 1 - index
  if (distance <= 0) return 0
  return hasTombstones(record) ? distance - (await reads.tombstonesAbove(record.sid, index)) : distance
}

/** Whether indexes of a conversation have no message any more: otherwise every one below the next has. */
export const hasTombstones = ({ messagesCount, nextIndex }: ConversationRecord): boolean => messagesCount !== nextIndex

export function participantView(record: ParticipantRecord): Participant {
  const { sid, identity, roleSid, attributes, lastReadMessageIndex, lastReadTimestamp, dateCreated, dateUpdated } = record
  const binding = record.binding && bindingView(record.binding)
  return { sid, identity, binding, roleSid, attributes, lastReadMessageIndex, lastReadTimestamp, dateCreated, dateUpdated }
}

function bindingView({ address, proxyAddress, name, level }: BindingRecord): MessagingBinding {
  return { type: channelOf(address), address, proxyAddress, name, level }
}

export function messageView(record: MessageRecord): Message {
  const { sid, index, author, participantSid, body, subject, media, attributes, lastUpdatedBy, dateCreated, dateUpdated } = record
  const { content, delivery } = record
  return {
    sid,
    index,
    author,
    participantSid,
    body,
    subject,
    media: [...media],
    ...(content && { contentSid: content.sid }),
    attributes,
    ...(delivery && { delivery: deliveryView(delivery) }),
    lastUpdatedBy,
    dateCreated,
    dateUpdated,
  }
}

/** The counts as amounts: of somebody else's carrier nobody needs to know more. */
export function deliveryView({ total, ...counts }: DeliveryCounts): Delivery {
  const amount = (count: number): DeliveryAmount => (count === 0 ? 'none' : count < total ? 'some' : 'all')
  return {
    total,
    sent: amount(counts.sent),
    delivered: amount(counts.delivered),
    read: amount(counts.read),
    failed: amount(counts.failed),
    undelivered: amount(counts.undelivered),
  }
}

/** @param messageSid of the message that the receipt is about */
export function receiptView(record: ReceiptRecord, messageSid: string): Receipt {
  const { sid, index, participantSid, channelMessageSid, status, errorCode, dateCreated, dateUpdated } = record
  return { sid, index, messageSid, participantSid, channelMessageSid, status, errorCode, dateCreated, dateUpdated }
}

export function userView(record: UserRecord): User {
  const { sid, identity, friendlyName, attributes, roleSid, dateCreated, dateUpdated } = record
  return { sid, identity, friendlyName, attributes, roleSid, dateCreated, dateUpdated }
}

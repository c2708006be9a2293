import type { Media, Message, Receipt, User } from '@conversa/protocol'
import type { Published } from '../commands/changes.ts'
import { channelOf } from '../records/address.ts'
import type { ConversationRecord, ParticipantRecord } from '../records/records.ts'

/*
 * What webhooks are told of each thing, by the names of the vendor's requests (rest-and-semantics 3.8).
 */

/** Names and values of a form; what is null or undefined is not sent. */
export type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>

/** Milliseconds are said, unlike in REST. */
export const date = (at: number) => new Date(at).toISOString()

export function conversationFields(record: ConversationRecord): Fields {
  return {
    ConversationSid: record.sid,
    DateCreated: date(record.dateCreated),
    DateUpdated: date(record.dateUpdated),
    FriendlyName: record.friendlyName,
    UniqueName: record.uniqueName,
    Attributes: record.attributes,
    ChatServiceSid: record.serviceSid,
    MessagingServiceSid: record.messagingServiceSid,
    State: record.state,
  }
}

export function participantFields(record: ParticipantRecord): Fields {
  const type = record.binding ? channelOf(record.binding.address) : record.projectedAddress === null ? 'chat' : 'sms'
  return {
    ConversationSid: record.conversationSid,
    ParticipantSid: record.sid,
    DateCreated: date(record.dateCreated),
    Identity: record.identity,
    RoleSid: record.roleSid,
    Attributes: record.attributes,
    ...addressFields(record),
    'MessagingBinding.Type': type.toUpperCase(),
  }
}

function addressFields({ binding, projectedAddress }: Pick<ParticipantRecord, 'binding' | 'projectedAddress'>): Fields {
  return {
    'MessagingBinding.ProxyAddress': binding?.proxyAddress,
    'MessagingBinding.Address': binding?.address,
    'MessagingBinding.ProjectedAddress': projectedAddress,
  }
}

/** What began a conversation: a message from outside, where it was that. */
export interface Beginning {
  /** How whoever wrote it is reached; in a group of phones they are its author, and a number of ours stands for the app. */
  readonly binding: Fields
  /** What they wrote: told beforehand only, since afterwards the message has an event of its own. */
  readonly said: Fields
}

/** @param published the whole change that a conversation came to be with */
export function beginningOf(published: readonly Published[]): Beginning | undefined {
  const message = published.flatMap(({ event }) => (event.type === 'message.added' ? event.message : []))[0]
  const people = published.flatMap(({ rows }) => rows?.participant ?? [])
  const writer = people.find(({ sid }) => sid === message?.participantSid)
  if (!message || !writer?.binding) return undefined
  const isOfGroup = writer.binding.proxyAddress === null
  const projected = people.find(({ projectedAddress }) => projectedAddress !== null)?.projectedAddress
  const group = { 'MessagingBinding.ProjectedAddress': projected, 'MessagingBinding.AuthorAddress': writer.binding.address }
  return {
    binding: isOfGroup ? group : addressFields(writer),
    said: { MessageBody: message.body, Media: mediaField(message.media) },
  }
}

/** Whether a change makes a conversation with those who are in it: by one request of a back end, or a group of phones by a message. */
export function isAssembled(published: readonly Published[]): boolean {
  const isNew = published.some(({ event }) => event.type === 'conversation.created')
  const people = published.flatMap(({ event, rows }) => (event.type === 'participant.joined' && rows?.participant) || [])
  const isSaid = published.some(({ event }) => event.type === 'message.added')
  const isGroup = people.some(({ binding, projectedAddress }) => binding?.proxyAddress === null || projectedAddress !== null)
  return isNew && people.length > 0 && (!isSaid || isGroup)
}

export function messageFields(conversationSid: string, message: Message): Fields {
  return {
    ConversationSid: conversationSid,
    MessageSid: message.sid,
    Index: message.index,
    DateCreated: date(message.dateCreated),
    Body: message.body,
    Author: message.author,
    ParticipantSid: message.participantSid,
    Attributes: message.attributes,
    Media: mediaField(message.media),
  }
}

/** The vendor's guide names no keys, its event stream does: under these two names a file is found either way. */
function mediaField(media: readonly Media[]): string | undefined {
  if (media.length === 0) return undefined
  const shown = media.map(({ sid, filename, contentType, size }) => ({
    Sid: sid,
    MediaSid: sid,
    Filename: filename,
    ContentType: contentType,
    Size: size,
  }))
  return JSON.stringify(shown)
}

export function receiptFields(conversationSid: string, serviceSid: string, receipt: Receipt): Fields {
  return {
    ConversationSid: conversationSid,
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
}

export function userFields(serviceSid: string, user: User): Fields {
  return {
    ChatServiceSid: serviceSid,
    UserSid: user.sid,
    Identity: user.identity,
    RoleSid: user.roleSid,
    Attributes: user.attributes,
    FriendlyName: user.friendlyName,
  }
}

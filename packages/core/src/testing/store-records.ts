import type { ConversationEvent } from '@conversa/protocol'
import { SILENT } from '../commands/service-notifications.ts'
import { conversationView, messageView } from '../commands/views.ts'
import { messageSid } from '../ports/sids.ts'
import type { Store, Tx } from '../ports/store.ts'
import type {
  ConversationRecord,
  MessageRecord,
  ParticipantRecord,
  RoleRecord,
  ServiceRecord,
  UserRecord,
} from '../records/records.ts'
import { sid } from './core-world.ts'

/*
 * Rows for tests of stores: complete, unlike one another, and each changed in the fields that a test is about.
 */

export const SERVICE = sid('IS', 1)
export const OTHER_SERVICE = sid('IS', 2)

const dates = { dateCreated: 1_700_000_000_000, dateUpdated: 1_700_000_000_001 }

export function serviceRecord(serviceSid = SERVICE): ServiceRecord {
  return {
    sid: serviceSid,
    accountSid: sid('AC', 1),
    friendlyName: 'service',
    defaultServiceRoleSid: sid('RL', 1),
    defaultConversationRoleSid: sid('RL', 2),
    defaultCreatorRoleSid: sid('RL', 3),
    reachabilityEnabled: true,
    notifications: SILENT,
    ...dates,
  }
}

export function roleRecord(number: number, fields: Partial<RoleRecord> = {}): RoleRecord {
  const named = { sid: sid('RL', number), serviceSid: SERVICE, friendlyName: `role ${number}` }
  return { ...named, type: 'conversation', permissions: ['sendMessage', 'leaveConversation'], ...dates, ...fields }
}

export function userRecord(identity: string, fields: Partial<UserRecord> = {}): UserRecord {
  const serviceSid = fields.serviceSid ?? SERVICE
  return {
    sid: `US${digitsOf(`${serviceSid}/${identity}`)}`,
    serviceSid,
    identity,
    roleSid: sid('RL', 1),
    friendlyName: null,
    attributes: '{}',
    revision: 1,
    ...dates,
    ...fields,
  }
}

export function conversationRecord(number: number, fields: Partial<ConversationRecord> = {}): ConversationRecord {
  return {
    sid: sid('CH', number),
    serviceSid: SERVICE,
    uniqueName: null,
    friendlyName: null,
    attributes: '{}',
    createdBy: 'anna',
    state: 'active',
    stateUpdated: 1_700_000_000_002,
    timers: null,
    revision: 1,
    nextIndex: 0,
    messagesCount: 0,
    participantsCount: 0,
    nonChatCount: 0,
    lastMessage: null,
    messagingServiceSid: null,
    email: null,
    activity: 1_700_000_000_003,
    ...dates,
    ...fields,
  }
}

export function participantRecord(
  conversation: ConversationRecord,
  number: number,
  fields: Partial<ParticipantRecord> = {},
): ParticipantRecord {
  return {
    sid: sid('MB', number),
    conversationSid: conversation.sid,
    identity: 'anna',
    binding: null,
    projectedAddress: null,
    thread: null,
    roleSid: sid('RL', 2),
    attributes: '{}',
    notificationLevel: 'default',
    lastReadMessageIndex: null,
    lastReadTimestamp: null,
    ...dates,
    ...fields,
  }
}

export function messageRecord(
  conversation: ConversationRecord,
  index: number,
  fields: Partial<MessageRecord> = {},
): MessageRecord {
  return {
    conversationSid: conversation.sid,
    sid: messageSid(conversation.sid, index),
    index,
    revision: index + 2,
    author: 'anna',
    participantSid: sid('MB', 1),
    body: `message ${index}`,
    subject: null,
    media: [],
    attributes: '{}',
    lastUpdatedBy: null,
    content: null,
    delivery: null,
    key: null,
    removed: false,
    ...dates,
    ...fields,
  }
}

/** What a message leaves behind. */
export function tombstoneOf(message: MessageRecord): MessageRecord {
  return { ...message, body: null, subject: null, media: [], attributes: '{}', removed: true }
}

/** Writes one conversation step by step, the way that a core does: rows, revision and log together. */
export class Scribe {
  readonly #store: Store
  readonly log: ConversationEvent[] = []
  conversation: ConversationRecord

  constructor(store: Store, conversation: ConversationRecord) {
    this.#store = store
    this.conversation = { ...conversation, revision: 0 }
  }

  created(): Promise<void> {
    return this.#step({}, (tx, revision) => {
      const conversation = conversationView({ ...this.conversation, revision })
      this.#log(tx, { type: 'conversation.created', conversationSid: conversation.sid, revision, conversation })
    })
  }

  renamed(friendlyName: string): Promise<void> {
    return this.#step({ friendlyName }, (tx, revision) => {
      const event = { conversationSid: this.conversation.sid, revision, changes: { friendlyName }, dateUpdated: 1 }
      this.#log(tx, { type: 'conversation.updated', ...event })
    })
  }

  sent(fields: Partial<MessageRecord> = {}): Promise<void> {
    const index = this.conversation.nextIndex
    return this.#step({ nextIndex: index + 1, messagesCount: this.conversation.messagesCount + 1 }, (tx, revision) => {
      const record = messageRecord(this.conversation, index, { revision, ...fields })
      tx.addMessage(record)
      const { sid: conversationSid } = this.conversation
      this.log.push({ type: 'message.added', conversationSid, revision, message: messageView(record) })
    })
  }

  removed(index: number): Promise<void> {
    return this.#step({ messagesCount: this.conversation.messagesCount - 1 }, async (tx, revision) => {
      const { sid: conversationSid } = this.conversation
      const message = await tx.message(conversationSid, index)
      if (!message) throw new Error('there is no such message')
      const tombstone = tombstoneOf(message)
      tx.saveMessage(tombstone)
      const at = this.log.findIndex((event) => event.type === 'message.added' && event.message.index === index)
      const added = { type: 'message.added', conversationSid, message: messageView(tombstone), removed: true } as const
      this.log[at] = { ...added, revision: message.revision }
      this.#log(tx, { type: 'message.removed', conversationSid, revision, index, sid: message.sid, lastMessage: null })
    })
  }

  #log(tx: Tx, event: ConversationEvent): void {
    tx.logConversationEvent(event)
    this.log.push(event)
  }

  #step(fields: Partial<ConversationRecord>, write: (tx: Tx, revision: number) => void | Promise<void>): Promise<void> {
    const revision = this.conversation.revision + 1
    const next = { ...this.conversation, ...fields, revision }
    return this.#store.transact([{ conversation: next.sid }], async (tx) => {
      tx.saveConversation(next)
      await write(tx, revision)
      this.conversation = next
    })
  }
}

/** 32 digits that differ for different short texts. */
function digitsOf(text: string): string {
  const digits = [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return digits.slice(-32).padStart(32, '0')
}

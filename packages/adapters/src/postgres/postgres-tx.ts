import type {
  AccountRecord,
  AddressConfigurationRecord,
  AddressPair,
  Awaitable,
  ChannelPartRecord,
  ContentTemplateRecord,
  ConversationRecord,
  KeptAnswer,
  MediaRecord,
  MessageRecord,
  OptOutAnswerRecord,
  OptOutRecord,
  OutboxDraft,
  ParticipantRecord,
  PushCredentialRecord,
  PushRegistrationRecord,
  ReceiptRecord,
  RoleRecord,
  ServiceRecord,
  Tx,
  UserKey,
  UserRecord,
  WebhookRecord,
} from '@conversa/core'
import type { ConversationEvent, UserEvent } from '@conversa/protocol'
import type { Row } from '../rows/row.ts'
import { type Known, type KnownRecords, sendName } from './commit/known-records.ts'
import { allOf, type WriteBuffer, WriteList } from './commit/write-buffer.ts'
import type { Querier, Statement } from './connection.ts'
import { PostgresReads } from './postgres-reads.ts'
import { SWEEPS } from './sweep.ts'
import {
  ADDRESS_CONFIGURATIONS,
  addressConfigurationRow,
  REMOVE_ADDRESS_CONFIGURATION,
} from './tables/address-configuration-table.ts'
import { CHANNEL_PARTS, channelPartRow, REMOVE_CHANNEL_PARTS, REMOVE_OLD_CHANNEL_PARTS } from './tables/channel-part-table.ts'
import { CONTENT_TEMPLATES, contentTemplateRow, REMOVE_CONTENT_TEMPLATE } from './tables/content-template-table.ts'
import { CONVERSATION_EVENTS, CONVERSATION_NAMES, CONVERSATIONS, conversationTable } from './tables/conversation-table.ts'
import { requireLease } from './tables/lease-table.ts'
import { MEDIA, mediaRow } from './tables/media-table.ts'
import { MESSAGES, type SendKey } from './tables/message-table.ts'
import { NOTICES, noticeOf } from './tables/notice-table.ts'
import {
  OPT_OUT_ANSWERS,
  OPT_OUTS,
  optOutAnswerRow,
  optOutKey,
  optOutRow,
  REMOVE_OLD_OPT_OUT_ANSWERS,
} from './tables/opt-out-table.ts'
import { OUTBOX, outboxRow, REMOVE_ENTRY, SAVE_ENTRY } from './tables/outbox-table.ts'
import { type MemberKey, PARTICIPANTS, participantRow, REMOVE_PARTICIPANTS } from './tables/participant-table.ts'
import { PUSH_CREDENTIALS, pushCredentialRow, REMOVE_PUSH_CREDENTIAL } from './tables/push-credential-table.ts'
import { PUSH_REGISTRATIONS, pushRegistrationRow, REMOVE_PUSH_REGISTRATION } from './tables/push-registration-table.ts'
import { RECEIPTS, REMOVE_RECEIPTS, receiptRow } from './tables/receipt-table.ts'
import {
  ACCOUNTS,
  ANSWERS,
  accountRow,
  answerRow,
  FORGET_ANSWERS,
  REMOVE_ROLES,
  ROLES,
  roleRow,
  SERVICES,
  serviceRow,
} from './tables/service-table.ts'
import { DEPARTED_USERS, REMOVE_USER, REMOVE_USER_EVENTS, USER_EVENTS, USERS, userRow } from './tables/user-table.ts'
import { REMOVE_WEBHOOKS, WEBHOOKS, webhookRow } from './tables/webhook-table.ts'

/** What the works of one transaction share. */
export interface Ground {
  readonly connection: Querier
  readonly writes: WriteBuffer
  readonly known: KnownRecords
  /** Members whose rows were written. */
  readonly changedMembers: MemberKey[]
  /** Whether a conversation is removed, which leaves rows to sweep. */
  leavesRows: boolean
}

/**
 * One work within a transaction. What it writes is kept until the end of the group, so that all of it takes one round trip; a question
 * whose answer is not known sends what was written before it along. What a command asks again and again is remembered.
 */
export class PostgresTx extends PostgresReads implements Tx {
  readonly #ground: Ground
  readonly #writes = new WriteList()
  readonly #known: KnownRecords
  /** The key of a send that is taken for new. */
  readonly #newKey: string | undefined
  #presumed: SendKey | undefined
  #hasSent = false
  #hasFailed = false

  /** @param newKey what a send under this key may be taken for new by, as most are: the index of keys refuses what is not */
  constructor(ground: Ground, newKey?: string) {
    super({ rows: (statement, values) => this.#ask(statement, values) }, true)
    this.#ground = ground
    this.#newKey = newKey
    this.#known = ground.known
    this.#known.keep()
  }

  /** Whether something that it wrote is in the database, so that undoing it undoes the whole transaction. */
  get hasSent(): boolean {
    return this.#hasSent
  }

  /** Whether the database refused something, after which it takes nothing more of the transaction. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** The key of a send that was taken for new without a message having come of it. */
  get doubtful(): SendKey | undefined {
    const sent = this.#presumed
    return sent && !this.#known.has('message', sent.conversationSid, sendName(sent.author, sent.key)) ? sent : undefined
  }

  /** Hands what it wrote over to its group. */
  finish(): void {
    this.#writes.moveTo(this.#ground.writes)
  }

  /** Forgets what it wrote, and what it took for known because of that. */
  undo(): void {
    this.#known.undo()
  }

  override service(sid: string): Awaitable<ServiceRecord | undefined> {
    return this.#once('service', () => super.service(sid), sid)
  }

  override roles(serviceSid: string): Awaitable<ReadonlyMap<string, RoleRecord>> {
    return this.#once('roles', () => super.roles(serviceSid), serviceSid) as Awaitable<ReadonlyMap<string, RoleRecord>>
  }

  override user(key: UserKey): Awaitable<UserRecord | undefined> {
    return this.#once('user', () => super.user(key), key.serviceSid, key.identity)
  }

  override conversation(serviceSid: string, sid: string): Awaitable<ConversationRecord | undefined> {
    const own = (found: ConversationRecord | undefined) => (found?.serviceSid === serviceSid ? found : undefined)
    const found = this.#once('conversation', () => conversationTable.find(this.database, sid), sid)
    return found instanceof Promise ? found.then(own) : own(found)
  }

  override hasConversation(sid: string): Awaitable<boolean> {
    const found = this.#once('conversation', () => conversationTable.find(this.database, sid), sid)
    return found instanceof Promise ? found.then((record) => record !== undefined) : found !== undefined
  }

  override participantOf(conversationSid: string, identity: string): Awaitable<ParticipantRecord | undefined> {
    return this.#once('participant', () => super.participantOf(conversationSid, identity), conversationSid, identity)
  }

  override messageByKey(conversationSid: string, author: string, key: string): Awaitable<MessageRecord | undefined> {
    const name = sendName(author, key)
    if (key === this.#newKey && !this.#known.has('message', conversationSid, name)) {
      this.#presumed = { conversationSid, author, key }
      return undefined
    }
    return this.#once('message', () => super.messageByKey(conversationSid, author, key), conversationSid, name)
  }

  override answer(owner: string, key: string): Awaitable<KeptAnswer | undefined> {
    return this.#once('answer', () => super.answer(owner, key), owner, key)
  }

  override mayOwnAnswers(owner: string): Awaitable<boolean> {
    return this.#once('answers', () => super.mayOwnAnswers(owner), owner) as Awaitable<boolean>
  }

  override listening(serviceSid: string, conversationSid: string | undefined): Awaitable<readonly WebhookRecord[]> {
    return this.#once('listening', () => super.listening(serviceSid, conversationSid), serviceSid, conversationSid) as Awaitable<
      readonly WebhookRecord[]
    >
  }

  saveAccount(record: AccountRecord): void {
    this.#writes.save(ACCOUNTS, accountRow(record))
  }

  saveService(record: ServiceRecord): void {
    this.#writes.save(SERVICES, serviceRow(record))
    this.#writes.save(NOTICES, noticeOf.service(record.sid))
    this.#known.set('service', record, record.sid)
  }

  removeService({ sid }: ServiceRecord): void {
    this.#writes.remove(SERVICES, { sid })
    this.#writes.remove(WEBHOOKS, { sid })
    this.#writes.run(REMOVE_ROLES, [sid])
    this.#writes.save(NOTICES, noticeOf.webhooks())
    this.#known.forgetAll()
  }

  saveRole(record: RoleRecord): void {
    this.#writes.save(ROLES, roleRow(record))
    this.#known.forget('roles', record.serviceSid)
  }

  removeRole({ serviceSid, sid }: RoleRecord): void {
    this.#writes.remove(ROLES, { service_sid: serviceSid, sid })
    this.#known.forget('roles', serviceSid)
  }

  saveUser(record: UserRecord): void {
    this.#writes.save(USERS, userRow(record))
    this.#writes.save(NOTICES, noticeOf.user(record, record.revision))
    this.#known.set('user', record, record.serviceSid, record.identity)
  }

  removeUser({ serviceSid, identity, revision }: UserRecord): void {
    this.#writes.run(REMOVE_USER, [serviceSid, identity])
    this.#writes.run(REMOVE_USER_EVENTS, [serviceSid, identity])
    this.#writes.save(DEPARTED_USERS, { service_sid: serviceSid, identity, revision })
    this.#known.set('user', undefined, serviceSid, identity)
  }

  saveConversation(record: ConversationRecord): void {
    const before = this.#known.get('conversation', record.sid)
    if (before?.uniqueName !== record.uniqueName || !before) this.#nameConversation(record)
    this.#writes.save(CONVERSATIONS, record)
    this.#writes.save(NOTICES, noticeOf.conversation(record.sid, record.revision))
    this.#known.set('conversation', record, record.sid)
  }

  removeConversation({ sid, revision }: ConversationRecord): void {
    for (const statement of [REMOVE_PARTICIPANTS, REMOVE_WEBHOOKS]) this.#writes.run(statement, [sid])
    this.#writes.remove(CONVERSATION_NAMES, { conversation_sid: sid })
    this.#writes.remove(CONVERSATIONS, { sid })
    this.#writes.save(SWEEPS, { conversation_sid: sid })
    this.#writes.save(NOTICES, noticeOf.conversation(sid, revision))
    this.#known.forgetAll()
    this.#ground.leavesRows = true
  }

  saveParticipant(record: ParticipantRecord): void {
    this.#writes.save(PARTICIPANTS, participantRow(record))
    this.#changeMember(record, record)
  }

  removeParticipant(record: ParticipantRecord): void {
    this.#writes.remove(PARTICIPANTS, { conversation_sid: record.conversationSid, sid: record.sid })
    this.#changeMember(record, undefined)
  }

  addMessage(record: MessageRecord): void {
    this.#writes.add(MESSAGES, record)
    this.#knowMessage(record)
  }

  saveMessage(record: MessageRecord): void {
    this.#writes.save(MESSAGES, record)
    this.#knowMessage(record)
  }

  saveReceipt(record: ReceiptRecord): void {
    this.#writes.save(RECEIPTS, receiptRow(record))
  }

  removeReceipts(conversationSid: string, index: number): void {
    this.#writes.run(REMOVE_RECEIPTS, [conversationSid, index])
  }

  saveChannelPart(record: ChannelPartRecord): void {
    this.#writes.save(CHANNEL_PARTS, channelPartRow(record))
  }

  removeChannelParts(adapter: string, message: string): void {
    this.#writes.run(REMOVE_CHANNEL_PARTS, [adapter, message])
  }

  removeOldChannelParts(before: number): void {
    this.#writes.run(REMOVE_OLD_CHANNEL_PARTS, [before])
  }

  saveOptOutAnswer(record: OptOutAnswerRecord): void {
    this.#writes.save(OPT_OUT_ANSWERS, optOutAnswerRow(record))
  }

  removeOldOptOutAnswers(through: number): void {
    this.#writes.run(REMOVE_OLD_OPT_OUT_ANSWERS, [through])
  }

  saveOptOut(record: OptOutRecord): void {
    this.#writes.save(OPT_OUTS, optOutRow(record))
  }

  removeOptOut(accountSid: string, addresses: AddressPair): void {
    this.#writes.remove(OPT_OUTS, optOutKey(accountSid, addresses))
  }

  logConversationEvent(event: ConversationEvent): void {
    const { conversationSid, revision } = event
    this.#writes.add(CONVERSATION_EVENTS, { conversation_sid: conversationSid, revision, event: JSON.stringify(event) })
  }

  logUserEvent(serviceSid: string, event: UserEvent): void {
    const { identity, revision } = event
    this.#writes.add(USER_EVENTS, { service_sid: serviceSid, identity, revision, event: JSON.stringify(event) })
  }

  /** When none was kept, one that somebody else keeps meanwhile makes this one fail, and the work finds it when it runs again. */
  keepAnswer(owner: string, key: string, answer: KeptAnswer): void {
    const isNew = this.#known.has('answer', owner, key) && this.#known.get('answer', owner, key) === undefined
    this.#writes[isNew ? 'add' : 'save'](ANSWERS, answerRow({ owner, key }, answer))
    this.#known.set('answer', answer, owner, key)
    this.#known.set('answers', true, owner)
  }

  forgetAnswers(before: number, limit: number): void {
    this.#writes.run(FORGET_ANSWERS, [before, limit])
  }

  saveMedia(record: MediaRecord): void {
    this.#writes.save(MEDIA, mediaRow(record))
  }

  removeMedia(sid: string): void {
    this.#writes.remove(MEDIA, { sid })
  }

  savePushRegistration(record: PushRegistrationRecord): void {
    this.#writes.save(PUSH_REGISTRATIONS, pushRegistrationRow(record))
    this.#writes.save(NOTICES, noticeOf.reachability(record))
  }

  removePushRegistration(sid: string): void {
    this.#writes.run(REMOVE_PUSH_REGISTRATION, [sid])
  }

  saveAddressConfiguration(record: AddressConfigurationRecord): void {
    this.#writes.save(ADDRESS_CONFIGURATIONS, addressConfigurationRow(record))
  }

  removeAddressConfiguration(sid: string): void {
    this.#writes.run(REMOVE_ADDRESS_CONFIGURATION, [sid])
  }

  savePushCredential(record: PushCredentialRecord): void {
    this.#writes.save(PUSH_CREDENTIALS, pushCredentialRow(record))
  }

  saveContentTemplate(record: ContentTemplateRecord): void {
    this.#writes.save(CONTENT_TEMPLATES, contentTemplateRow(record))
  }

  removePushCredential(sid: string): void {
    this.#writes.run(REMOVE_PUSH_CREDENTIAL, [sid])
  }

  removeContentTemplate(sid: string): void {
    this.#writes.run(REMOVE_CONTENT_TEMPLATE, [sid])
  }

  saveWebhook(record: WebhookRecord): void {
    this.#writes.save(WEBHOOKS, webhookRow(record))
    this.#writes.save(NOTICES, noticeOf.webhooks())
    this.#known.forgetAll()
  }

  removeWebhook({ sid }: WebhookRecord): void {
    this.#writes.remove(WEBHOOKS, { sid })
    this.#writes.save(NOTICES, noticeOf.webhooks())
    this.#known.forgetAll()
  }

  requireLease(name: string, token: number): Promise<void> {
    return requireLease(this.database, name, token)
  }

  addEntry(draft: OutboxDraft): void {
    this.#writes.append(OUTBOX, outboxRow(draft))
  }

  saveEntry({ id, attempts, due, dead }: Parameters<Tx['saveEntry']>[0]): void {
    this.#writes.run(SAVE_ENTRY, [id, attempts, due, dead])
  }

  removeEntry(id: number): void {
    this.#writes.run(REMOVE_ENTRY, [id])
  }

  /** A name is given up before somebody else takes it. */
  #nameConversation({ sid, serviceSid, uniqueName }: ConversationRecord): void {
    this.#writes.remove(CONVERSATION_NAMES, { conversation_sid: sid })
    if (uniqueName === null) return
    this.#writes.add(CONVERSATION_NAMES, { service_sid: serviceSid, unique_name: uniqueName, conversation_sid: sid })
  }

  #changeMember({ conversationSid, identity }: ParticipantRecord, after: ParticipantRecord | undefined): void {
    if (identity === null) return
    this.#known.set('participant', after, conversationSid, identity)
    this.#ground.changedMembers.push({ conversationSid, identity })
  }

  #knowMessage(record: MessageRecord): void {
    if (record.key !== null) this.#known.set('message', record, record.conversationSid, sendName(record.author, record.key))
  }

  #once<Kind extends keyof Known>(
    kind: Kind,
    read: () => Awaitable<Known[Kind] | undefined>,
    owner: string,
    name?: string,
  ): Awaitable<Known[Kind] | undefined> {
    if (this.#known.has(kind, owner, name)) return this.#known.get(kind, owner, name)
    return Promise.resolve(read()).then((record) => {
      this.#known.set(kind, record, owner, name)
      return record
    })
  }

  async #ask(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    const { connection, writes } = this.#ground
    this.#hasSent ||= !this.#writes.isEmpty
    this.#writes.moveTo(writes)
    const sent = writes.send(connection)
    const asked = connection.rows(statement, values)
    try {
      await allOf([sent, asked])
    } catch (error) {
      this.#hasFailed = true
      throw error
    }
    return asked
  }
}

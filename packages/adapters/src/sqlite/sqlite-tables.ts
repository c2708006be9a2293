import type { DatabaseSync } from 'node:sqlite'
import type {
  AccountRecord,
  AddressConfigurationRange,
  AddressConfigurationRecord,
  BindingRecord,
  ConversationRange,
  ConversationRecord,
  KeptAnswer,
  MediaRecord,
  MembershipRow,
  MessageRange,
  MessageRecord,
  OutboxCounts,
  OutboxDraft,
  OutboxEntry,
  OutboxKind,
  OutboxQueue,
  ParticipantRecord,
  ParticipationCursor,
  PushCredentialRecord,
  PushRegistrationRange,
  PushRegistrationRecord,
  ReceiptRecord,
  RoleRecord,
  ServiceRecord,
  Tx,
  UserKey,
  UserRecord,
  WebhookRecord,
} from '@conversa/core'
import type { ConversationEvent, KnownRevision, ListCursor, PushChannel, UserEvent } from '@conversa/protocol'
import { firstOf, mergeLog, wholeLog } from '../event-log.ts'
import type { Backend } from '../group-commit.ts'
import { AccountTable } from './account-table.ts'
import { AddressConfigurationTable } from './address-configuration-table.ts'
import { ConversationTable } from './conversation-table.ts'
import { MediaTable } from './media-table.ts'
import { MessageTable } from './message-table.ts'
import { OutboxTable } from './outbox-table.ts'
import { ParticipantTable } from './participant-table.ts'
import { PushCredentialTable } from './push-credential-table.ts'
import { PushRegistrationTable } from './push-registration-table.ts'
import { ReceiptTable } from './receipt-table.ts'
import { AnswerTable, ServiceTable } from './service-table.ts'
import { explain, SqliteTransaction } from './sqlite-transaction.ts'
import { UserTable } from './user-table.ts'
import { WebhookTable } from './webhook-table.ts'

const NOBODY: readonly WebhookRecord[] = []

/** The transaction of the SQLite store: translates between the core's names and the small keys of the tables. */
export class SqliteTables implements Backend, Tx {
  readonly tx: Tx = this
  readonly #accounts: AccountTable
  readonly #services: ServiceTable
  readonly #users: UserTable
  readonly #conversations: ConversationTable
  readonly #participants: ParticipantTable
  readonly #messages: MessageTable
  readonly #receipts: ReceiptTable
  readonly #answers: AnswerTable
  readonly #media: MediaTable
  readonly #pushRegistrations: PushRegistrationTable
  readonly #addressConfigurations: AddressConfigurationTable
  readonly #pushCredentials: PushCredentialTable
  readonly #webhooks: WebhookTable
  readonly #outbox: OutboxTable
  readonly #transaction: SqliteTransaction
  readonly #removed: () => void

  /** @param removed hears that a conversation was removed and left rows to sweep */
  constructor(database: DatabaseSync, removed: () => void) {
    this.#removed = removed
    this.#accounts = new AccountTable(database)
    this.#services = new ServiceTable(database)
    this.#users = new UserTable(database)
    this.#conversations = new ConversationTable(database)
    this.#participants = new ParticipantTable(database)
    this.#messages = new MessageTable(database)
    this.#receipts = new ReceiptTable(database)
    this.#answers = new AnswerTable(database)
    this.#media = new MediaTable(database)
    this.#pushRegistrations = new PushRegistrationTable(database)
    this.#addressConfigurations = new AddressConfigurationTable(database)
    this.#pushCredentials = new PushCredentialTable(database)
    this.#webhooks = new WebhookTable(database)
    this.#outbox = new OutboxTable(database)
    this.#transaction = new SqliteTransaction(database)
  }

  begin(): void {
    this.#transaction.begin()
  }

  commit(): void {
    this.#conversations.flush()
    this.#transaction.commit()
  }

  /** Undoes the group, and forgets what was read and written within it: it may never have been. */
  rollback(): void {
    for (const table of [this.#services, this.#users, this.#conversations, this.#participants, this.#webhooks]) table.forget()
    this.#transaction.rollback()
  }

  explain = explain

  account(sid: string): AccountRecord | undefined {
    return this.#accounts.find(sid)
  }

  service(sid: string): ServiceRecord | undefined {
    return this.#services.find(sid)
  }

  services(accountSid: string, after: string | undefined, limit: number): readonly ServiceRecord[] {
    return this.#services.page(accountSid, after ?? '', limit)
  }

  isRoleHeld(serviceSid: string, roleSid: string): boolean {
    return this.#services.isRoleHeld(serviceSid, roleSid)
  }

  userBySid(serviceSid: string, sid: string): UserRecord | undefined {
    return this.#users.findBySid(serviceSid, sid)
  }

  users(serviceSid: string, after: string | undefined, limit: number): readonly UserRecord[] {
    return this.#users.page(serviceSid, after ?? '', limit)
  }

  departedRevision(key: UserKey): number {
    return this.#users.departedRevision(key)
  }

  conversations(serviceSid: string, range: ConversationRange): readonly ConversationRecord[] {
    return this.#conversations.page(serviceSid, range)
  }

  conversationsDue(by: number, limit: number): readonly ConversationRecord[] {
    return this.#conversations.due(by, limit)
  }

  roles(serviceSid: string): ReadonlyMap<string, RoleRecord> {
    return this.#services.roles(serviceSid)
  }

  user(key: UserKey): UserRecord | undefined {
    return this.#users.find(key)?.record
  }

  conversation(serviceSid: string, sid: string): ConversationRecord | undefined {
    const record = this.#conversations.find(sid)?.record
    return record?.serviceSid === serviceSid ? record : undefined
  }

  hasConversation(sid: string): boolean {
    return this.#conversations.find(sid) !== undefined
  }

  conversationByName(serviceSid: string, uniqueName: string): ConversationRecord | undefined {
    return this.#conversations.findByName(serviceSid, uniqueName)?.record
  }

  participant(conversationSid: string, sid: string): ParticipantRecord | undefined {
    const room = this.#conversations.find(conversationSid)
    return room && this.#participants.find(room.id, conversationSid, sid)
  }

  participantOf(conversationSid: string, identity: string): ParticipantRecord | undefined {
    const room = this.#conversations.find(conversationSid)
    const user = room && this.#users.find({ serviceSid: room.record.serviceSid, identity })
    return user && this.#participants.findOfUser(room.id, conversationSid, user.id)
  }

  participantAt(conversationSid: string, address: string, proxyAddress?: string): ParticipantRecord | undefined {
    const room = this.#conversations.find(conversationSid)
    return room && this.#participants.findAt(room.id, conversationSid, address, proxyAddress)
  }

  participants(conversationSid: string, after: string | undefined, limit: number): readonly ParticipantRecord[] {
    const room = this.#conversations.find(conversationSid)
    return room ? this.#participants.page(room.id, conversationSid, after ?? '', limit) : []
  }

  openConversationsOf(addresses: Pick<BindingRecord, 'address' | 'proxyAddress'>): readonly ConversationRecord[] {
    this.#conversations.flush()
    const sids = this.#participants.openOfAddresses(addresses)
    return sids.flatMap((sid) => this.#conversations.find(sid)?.record ?? [])
  }

  message(conversationSid: string, index: number): MessageRecord | undefined {
    const room = this.#conversations.find(conversationSid)
    return room && this.#messages.find(room.id, conversationSid, index)
  }

  messageBySid(conversationSid: string, sid: string): MessageRecord | undefined {
    const room = this.#conversations.find(conversationSid)
    return room && this.#messages.findBySid(room.id, conversationSid, sid)
  }

  messageByKey(conversationSid: string, author: string, key: string): MessageRecord | undefined {
    const room = this.#conversations.find(conversationSid)
    return room && this.#messages.findByKey(room.id, conversationSid, author, key)
  }

  messages(conversationSid: string, range: MessageRange): readonly MessageRecord[] {
    const room = this.#conversations.find(conversationSid)
    return room ? this.#messages.page(room.id, conversationSid, range) : []
  }

  receipts(conversationSid: string, index: number): readonly ReceiptRecord[] {
    const room = this.#conversations.find(conversationSid)
    return room ? this.#receipts.ofMessage(room.id, conversationSid, index) : []
  }

  tombstonesAbove(conversationSid: string, index: number): number {
    const room = this.#conversations.find(conversationSid)
    return room ? this.#messages.tombstonesAbove(room.id, index) : 0
  }

  memberships(key: UserKey, after: ListCursor | undefined, limit: number): readonly MembershipRow[] {
    this.#conversations.flush()
    const user = this.#users.find(key)
    return user ? this.#participants.membershipsOfUser(user.id, after, limit) : []
  }

  membershipsBySid(key: UserKey, after: string | undefined, limit: number): readonly MembershipRow[] {
    this.#conversations.flush()
    const user = this.#users.find(key)
    return user ? this.#participants.membershipsBySid(user.id, after ?? '', limit) : []
  }

  membershipsBefore(key: UserKey, before: string | undefined, limit: number): readonly MembershipRow[] {
    this.#conversations.flush()
    const user = this.#users.find(key)
    return user ? this.#participants.membershipsBefore(user.id, before, limit) : []
  }

  participationsAt(
    serviceSid: string,
    address: string,
    after: ParticipationCursor | undefined,
    limit: number,
  ): readonly MembershipRow[] {
    this.#conversations.flush()
    return this.#participants.participationsAt(serviceSid, address, after, limit)
  }

  membershipSids(key: UserKey): readonly string[] {
    const user = this.#users.find(key)
    return user ? this.#participants.sidsOfUser(user.id) : []
  }

  membershipRevisions(key: UserKey): readonly KnownRevision[] {
    this.#conversations.flush()
    const user = this.#users.find(key)
    return user ? this.#participants.revisionsOfUser(user.id) : []
  }

  conversationEvents(conversation: ConversationRecord, after: number, limit: number): readonly ConversationEvent[] | undefined {
    const range = firstOf(conversation, after, limit)
    const room = this.#conversations.find(conversation.sid)
    if (!room || range.through < after) return undefined
    const messages = this.#messages.stored(room.id, conversation, range)
    return mergeLog(range, this.#conversations.logged(room.id, range), messages)
  }

  userEvents(user: UserRecord, after: number, limit: number): readonly UserEvent[] | undefined {
    const known = this.#users.find(user)
    const range = firstOf(user, after, limit)
    return known && wholeLog(this.#users.logged(known.id, range), range)
  }

  answer(owner: string, key: string): KeptAnswer | undefined {
    return this.#answers.find(owner, key)
  }

  media(sid: string): MediaRecord | undefined {
    return this.#media.find(sid)
  }

  mediaByKey(owner: UserKey, key: string): MediaRecord | undefined {
    return this.#media.findByKey(owner, key)
  }

  unsentMediaBytes(owner: UserKey): number {
    return this.#media.unsentBytes(owner)
  }

  mediaToCollect(before: { readonly uploading: number; readonly pending: number }, limit: number): readonly MediaRecord[] {
    return this.#media.toCollect(before, limit)
  }

  pushRegistration(serviceSid: string, channelType: PushChannel, registrationId: string): PushRegistrationRecord | undefined {
    return this.#pushRegistrations.find(serviceSid, channelType, registrationId)
  }

  pushRegistrationBySid(serviceSid: string, sid: string): PushRegistrationRecord | undefined {
    return this.#pushRegistrations.findBySid(serviceSid, sid)
  }

  servicePushRegistrations(serviceSid: string, range: PushRegistrationRange): readonly PushRegistrationRecord[] {
    return this.#pushRegistrations.page(serviceSid, range)
  }

  pushRegistrations(owner: UserKey, limit: number): readonly PushRegistrationRecord[] {
    return this.#pushRegistrations.ofUser(owner, limit)
  }

  conversationDevices(...place: Parameters<Tx['conversationDevices']>) {
    return this.#pushRegistrations.ofConversation(...place)
  }

  addressConfiguration(accountSid: string, sid: string): AddressConfigurationRecord | undefined {
    return this.#addressConfigurations.find(accountSid, sid)
  }

  addressConfigurationOf(accountSid: string, address: string): AddressConfigurationRecord | undefined {
    return this.#addressConfigurations.findByAddress(accountSid, address)
  }

  addressConfigurations(accountSid: string, range: AddressConfigurationRange): readonly AddressConfigurationRecord[] {
    return this.#addressConfigurations.page(accountSid, range)
  }

  pushCredential(accountSid: string, sid: string): PushCredentialRecord | undefined {
    return this.#pushCredentials.find(accountSid, sid)
  }

  pushCredentials(accountSid: string, after: string | undefined, limit: number): readonly PushCredentialRecord[] {
    return this.#pushCredentials.page(accountSid, after, limit)
  }

  webhook(sid: string): WebhookRecord | undefined {
    return this.#webhooks.find(sid)
  }

  conversationWebhooks(conversationSid: string): readonly WebhookRecord[] {
    return this.#webhooks.ofConversation(conversationSid)
  }

  listening(serviceSid: string, conversationSid: string | undefined): readonly WebhookRecord[] {
    if (this.#webhooks.isEmpty) return NOBODY
    const wide = [this.#services.find(serviceSid)?.accountSid ?? '', serviceSid].flatMap((sid) => this.#webhooks.find(sid) ?? [])
    return conversationSid === undefined ? wide : [...wide, ...this.#webhooks.ofConversation(conversationSid)]
  }

  outboxQueues(): readonly OutboxQueue[] {
    return this.#outbox.queues()
  }

  outboxEntries(queue: OutboxQueue, limit: number): readonly OutboxEntry[] {
    return this.#outbox.waiting(queue, limit)
  }

  deadEntries(after: number, limit: number): readonly OutboxEntry[] {
    return this.#outbox.dead(after, limit)
  }

  outboxCounts(kind: OutboxKind): OutboxCounts {
    return this.#outbox.counts(kind)
  }

  saveAccount(record: AccountRecord): void {
    this.#accounts.save(record)
  }

  saveService(record: ServiceRecord): void {
    this.#services.saveService(record)
  }

  removeService(record: ServiceRecord): void {
    this.#webhooks.remove(record.sid)
    this.#services.removeService(record)
  }

  removeRole(record: RoleRecord): void {
    this.#services.removeRole(record)
  }

  removeUser(record: UserRecord): void {
    this.#users.remove(record)
  }

  saveRole(record: RoleRecord): void {
    this.#services.saveRole(record)
  }

  saveUser(record: UserRecord): void {
    this.#users.save(record)
  }

  saveConversation(record: ConversationRecord): void {
    this.#conversations.save(record)
  }

  removeConversation(record: ConversationRecord): void {
    this.#webhooks.removeOfConversation(record.sid)
    this.#conversations.remove(record)
    this.#removed()
  }

  saveParticipant(record: ParticipantRecord): void {
    this.#participants.save(this.#conversations.idOf(record.conversationSid), this.#userIdOf(record), record)
  }

  removeParticipant(record: ParticipantRecord): void {
    this.#participants.remove(this.#conversations.idOf(record.conversationSid), this.#userIdOf(record), record)
  }

  addMessage(record: MessageRecord): void {
    this.#messages.add(this.#conversations.idOf(record.conversationSid), record)
  }

  saveMessage(record: MessageRecord): void {
    this.#messages.save(this.#conversations.idOf(record.conversationSid), record)
  }

  saveReceipt(record: ReceiptRecord): void {
    this.#receipts.save(this.#conversations.idOf(record.conversationSid), record)
  }

  removeReceipts(conversationSid: string, index: number): void {
    this.#receipts.remove(this.#conversations.idOf(conversationSid), index)
  }

  logConversationEvent(event: ConversationEvent): void {
    this.#conversations.log(event)
  }

  logUserEvent(serviceSid: string, event: UserEvent): void {
    this.#users.log(serviceSid, event)
  }

  keepAnswer(owner: string, key: string, answer: KeptAnswer): void {
    this.#answers.keep(owner, key, answer)
  }

  forgetAnswers(before: number, limit: number): void {
    this.#answers.forget(before, limit)
  }

  saveMedia(record: MediaRecord): void {
    this.#media.save(record, record.message && this.#conversations.idOf(record.message.conversationSid))
  }

  removeMedia(sid: string): void {
    this.#media.remove(sid)
  }

  savePushRegistration(record: PushRegistrationRecord): void {
    this.#pushRegistrations.save(record)
  }

  removePushRegistration(sid: string): void {
    this.#pushRegistrations.remove(sid)
  }

  saveAddressConfiguration(record: AddressConfigurationRecord): void {
    this.#addressConfigurations.save(record)
  }

  removeAddressConfiguration(sid: string): void {
    this.#addressConfigurations.remove(sid)
  }

  savePushCredential(record: PushCredentialRecord): void {
    this.#pushCredentials.save(record)
  }

  removePushCredential(sid: string): void {
    this.#pushCredentials.remove(sid)
  }

  saveWebhook(record: WebhookRecord): void {
    this.#webhooks.save(record)
  }

  removeWebhook({ sid }: WebhookRecord): void {
    this.#webhooks.remove(sid)
  }

  /** One process has the store, and with it every lease. */
  requireLease(): void {}

  addEntry(draft: OutboxDraft): void {
    this.#outbox.add(draft)
  }

  saveEntry(entry: Parameters<Tx['saveEntry']>[0]): void {
    this.#outbox.save(entry)
  }

  removeEntry(id: number): void {
    this.#outbox.remove(id)
  }

  #userIdOf({ conversationSid, identity }: ParticipantRecord): number | null {
    const serviceSid = this.#conversations.find(conversationSid)?.record.serviceSid
    if (identity === null || serviceSid === undefined) return null
    return this.#users.find({ serviceSid, identity })?.id ?? null
  }
}

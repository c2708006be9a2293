import type {
  AccountRecord,
  AddressConfigurationRange,
  AddressConfigurationRecord,
  AddressPair,
  BindingRecord,
  ChannelPartRecord,
  ContentTemplateRecord,
  ConversationRange,
  ConversationRecord,
  KeptAnswer,
  MediaRecord,
  MembershipRow,
  MessageRange,
  MessageRecord,
  OptOutAnswerRecord,
  OptOutRecord,
  OutboxCounts,
  OutboxEntry,
  OutboxKind,
  OutboxQueue,
  ParticipantRecord,
  ParticipationCursor,
  PlacedReceipt,
  PushCredentialRecord,
  PushRegistrationRange,
  PushRegistrationRecord,
  Reads,
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
import type { SqliteTables } from './tables/sqlite-tables.ts'

const NOBODY: readonly WebhookRecord[] = []

/** What is read of an SQLite database: translates between the core's names and the small keys of the tables. */
export class SqliteReads implements Reads {
  protected readonly tables: SqliteTables

  constructor(tables: SqliteTables) {
    this.tables = tables
  }

  account(sid: string): AccountRecord | undefined {
    return this.tables.accounts.find(sid)
  }

  service(sid: string): ServiceRecord | undefined {
    return this.tables.services.find(sid)
  }

  services(accountSid: string, after: string | undefined, limit: number): readonly ServiceRecord[] {
    return this.tables.services.page(accountSid, after ?? '', limit)
  }

  isRoleHeld(serviceSid: string, roleSid: string): boolean {
    return this.tables.services.isRoleHeld(serviceSid, roleSid)
  }

  hasUser(sid: string): boolean {
    return this.tables.users.has(sid)
  }

  userBySid(serviceSid: string, sid: string): UserRecord | undefined {
    return this.tables.users.findBySid(serviceSid, sid)
  }

  users(serviceSid: string, after: string | undefined, limit: number): readonly UserRecord[] {
    return this.tables.users.page(serviceSid, after ?? '', limit)
  }

  departedRevision(key: UserKey): number {
    return this.tables.users.departedRevision(key)
  }

  conversations(serviceSid: string, range: ConversationRange): readonly ConversationRecord[] {
    return this.tables.conversations.page(serviceSid, range)
  }

  conversationsDue(by: number, limit: number): readonly ConversationRecord[] {
    return this.tables.conversations.due(by, limit)
  }

  roles(serviceSid: string): ReadonlyMap<string, RoleRecord> {
    return this.tables.services.roles(serviceSid)
  }

  user(key: UserKey): UserRecord | undefined {
    return this.tables.users.find(key)?.record
  }

  conversation(serviceSid: string, sid: string): ConversationRecord | undefined {
    const record = this.tables.conversations.find(sid)?.record
    return record?.serviceSid === serviceSid ? record : undefined
  }

  hasConversation(sid: string): boolean {
    return this.tables.conversations.find(sid) !== undefined
  }

  conversationByName(serviceSid: string, uniqueName: string): ConversationRecord | undefined {
    return this.tables.conversations.findByName(serviceSid, uniqueName)?.record
  }

  participant(conversationSid: string, sid: string): ParticipantRecord | undefined {
    const room = this.tables.conversations.find(conversationSid)
    return room && this.tables.participants.find(room.id, conversationSid, sid)
  }

  participantOf(conversationSid: string, identity: string): ParticipantRecord | undefined {
    const room = this.tables.conversations.find(conversationSid)
    const user = room && this.tables.users.find({ serviceSid: room.record.serviceSid, identity })
    return user && this.tables.participants.findOfUser(room.id, conversationSid, user.id)
  }

  participantAt(conversationSid: string, address: string, proxyAddress?: string): ParticipantRecord | undefined {
    const room = this.tables.conversations.find(conversationSid)
    return room && this.tables.participants.findAt(room.id, conversationSid, address, proxyAddress)
  }

  participants(conversationSid: string, after: string | undefined, limit: number): readonly ParticipantRecord[] {
    const room = this.tables.conversations.find(conversationSid)
    return room ? this.tables.participants.page(room.id, conversationSid, after ?? '', limit) : []
  }

  nonChatParticipants(conversationSid: string): readonly ParticipantRecord[] {
    const id = this.tables.conversations.find(conversationSid)?.id
    return id === undefined ? [] : this.tables.participants.nonChat(id, conversationSid)
  }

  openConversationsOf(addresses: Pick<BindingRecord, 'address' | 'proxyAddress'>): readonly ConversationRecord[] {
    this.tables.conversations.flush()
    const sids = this.tables.participants.openOfAddresses(addresses)
    return sids.flatMap((sid) => this.tables.conversations.find(sid)?.record ?? [])
  }

  message(conversationSid: string, index: number): MessageRecord | undefined {
    const room = this.tables.conversations.find(conversationSid)
    return room && this.tables.messages.find(room.id, conversationSid, index)
  }

  messageBySid(conversationSid: string, sid: string): MessageRecord | undefined {
    const room = this.tables.conversations.find(conversationSid)
    return room && this.tables.messages.findBySid(room.id, conversationSid, sid)
  }

  messageByKey(conversationSid: string, author: string, key: string): MessageRecord | undefined {
    const room = this.tables.conversations.find(conversationSid)
    return room && this.tables.messages.findByKey(room.id, conversationSid, author, key)
  }

  messages(conversationSid: string, range: MessageRange): readonly MessageRecord[] {
    const room = this.tables.conversations.find(conversationSid)
    return room ? this.tables.messages.page(room.id, conversationSid, range) : []
  }

  receipts(conversationSid: string, index: number): readonly ReceiptRecord[] {
    const room = this.tables.conversations.find(conversationSid)
    return room ? this.tables.receipts.ofMessage(room.id, conversationSid, index) : []
  }

  receiptCalled(channelMessageSid: string): PlacedReceipt | undefined {
    const { conversations } = this.tables
    const receipt = this.tables.receipts.called(channelMessageSid, (id) => conversations.sidOf(id))
    const conversation = receipt && conversations.find(receipt.conversationSid)?.record
    return receipt && conversation && { conversation, receipt }
  }

  channelParts(adapter: string): readonly ChannelPartRecord[] {
    return this.tables.channelParts.of(adapter)
  }

  optOut(accountSid: string, addresses: AddressPair): OptOutRecord | undefined {
    return this.tables.optOuts.find(accountSid, addresses)
  }

  optOutAnswer(accountSid: string, addresses: AddressPair, word: OptOutAnswerRecord['word']): OptOutAnswerRecord | undefined {
    return this.tables.optOuts.answer(accountSid, addresses, word)
  }

  optOuts(accountSid: string, after: AddressPair | undefined, limit: number): readonly OptOutRecord[] {
    return this.tables.optOuts.page(accountSid, after, limit)
  }

  tombstonesAbove(conversationSid: string, index: number): number {
    const room = this.tables.conversations.find(conversationSid)
    return room ? this.tables.messages.tombstonesAbove(room.id, index) : 0
  }

  memberships(key: UserKey, after: ListCursor | undefined, limit: number): readonly MembershipRow[] {
    this.tables.conversations.flush()
    const user = this.tables.users.find(key)
    return user ? this.tables.participants.membershipsOfUser(user.id, after, limit) : []
  }

  membershipsBySid(key: UserKey, after: string | undefined, limit: number): readonly MembershipRow[] {
    this.tables.conversations.flush()
    const user = this.tables.users.find(key)
    return user ? this.tables.participants.membershipsBySid(user.id, after ?? '', limit) : []
  }

  membershipsBefore(key: UserKey, before: string | undefined, limit: number): readonly MembershipRow[] {
    this.tables.conversations.flush()
    const user = this.tables.users.find(key)
    return user ? this.tables.participants.membershipsBefore(user.id, before, limit) : []
  }

  participationsAt(
    serviceSid: string,
    address: string,
    after: ParticipationCursor | undefined,
    limit: number,
  ): readonly MembershipRow[] {
    this.tables.conversations.flush()
    return this.tables.participants.participationsAt(serviceSid, address, after, limit)
  }

  membershipSids(key: UserKey): readonly string[] {
    const user = this.tables.users.find(key)
    return user ? this.tables.participants.sidsOfUser(user.id) : []
  }

  membershipRevisions(key: UserKey): readonly KnownRevision[] {
    this.tables.conversations.flush()
    const user = this.tables.users.find(key)
    return user ? this.tables.participants.revisionsOfUser(user.id) : []
  }

  conversationEvents(conversation: ConversationRecord, after: number, limit: number): readonly ConversationEvent[] | undefined {
    const range = firstOf(conversation, after, limit)
    const room = this.tables.conversations.find(conversation.sid)
    if (!room || range.through < after) return undefined
    const messages = this.tables.messages.stored(room.id, conversation, range)
    return mergeLog(range, this.tables.conversations.logged(room.id, range), messages)
  }

  userEvents(user: UserRecord, after: number, limit: number): readonly UserEvent[] | undefined {
    const known = this.tables.users.find(user)
    const range = firstOf(user, after, limit)
    return known && wholeLog(this.tables.users.logged(known.id, range), range)
  }

  answer(owner: string, key: string): KeptAnswer | undefined {
    return this.tables.answers.find(owner, key)
  }

  mayOwnAnswers(owner: string): boolean {
    return this.tables.answers.owns(owner)
  }

  media(sid: string): MediaRecord | undefined {
    return this.tables.media.find(sid)
  }

  mediaByKey(owner: UserKey, key: string): MediaRecord | undefined {
    return this.tables.media.findByKey(owner, key)
  }

  unsentMediaBytes(owner: UserKey): number {
    return this.tables.media.unsentBytes(owner)
  }

  mediaToCollect(before: { readonly uploading: number; readonly pending: number }, limit: number): readonly MediaRecord[] {
    return this.tables.media.toCollect(before, limit)
  }

  pushRegistration(serviceSid: string, channelType: PushChannel, registrationId: string): PushRegistrationRecord | undefined {
    return this.tables.pushRegistrations.find(serviceSid, channelType, registrationId)
  }

  pushRegistrationBySid(serviceSid: string, sid: string): PushRegistrationRecord | undefined {
    return this.tables.pushRegistrations.findBySid(serviceSid, sid)
  }

  servicePushRegistrations(serviceSid: string, range: PushRegistrationRange): readonly PushRegistrationRecord[] {
    return this.tables.pushRegistrations.page(serviceSid, range)
  }

  pushRegistrations(owner: UserKey, limit: number): readonly PushRegistrationRecord[] {
    return this.tables.pushRegistrations.ofUser(owner, limit)
  }

  conversationDevices(...place: Parameters<Tx['conversationDevices']>) {
    return this.tables.pushRegistrations.ofConversation(...place)
  }

  addressConfiguration(accountSid: string, sid: string): AddressConfigurationRecord | undefined {
    return this.tables.addressConfigurations.find(accountSid, sid)
  }

  addressConfigurationOf(accountSid: string, address: string): AddressConfigurationRecord | undefined {
    return this.tables.addressConfigurations.findByAddress(accountSid, address)
  }

  addressConfigurations(accountSid: string, range: AddressConfigurationRange): readonly AddressConfigurationRecord[] {
    return this.tables.addressConfigurations.page(accountSid, range)
  }

  pushCredential(accountSid: string, sid: string): PushCredentialRecord | undefined {
    return this.tables.pushCredentials.find(accountSid, sid)
  }

  contentTemplate(accountSid: string, sid: string): ContentTemplateRecord | undefined {
    return this.tables.contentTemplates.find(accountSid, sid)
  }

  pushCredentials(accountSid: string, after: string | undefined, limit: number): readonly PushCredentialRecord[] {
    return this.tables.pushCredentials.page(accountSid, after, limit)
  }

  contentTemplates(accountSid: string, after: string | undefined, limit: number): readonly ContentTemplateRecord[] {
    return this.tables.contentTemplates.page(accountSid, after, limit)
  }

  webhook(sid: string): WebhookRecord | undefined {
    return this.tables.webhooks.find(sid)
  }

  conversationWebhooks(conversationSid: string): readonly WebhookRecord[] {
    return this.tables.webhooks.ofConversation(conversationSid)
  }

  listening(serviceSid: string, conversationSid: string | undefined): readonly WebhookRecord[] {
    if (this.tables.webhooks.isEmpty) return NOBODY
    const wide = [this.tables.services.find(serviceSid)?.accountSid ?? '', serviceSid].flatMap(
      (sid) => this.tables.webhooks.find(sid) ?? [],
    )
    return conversationSid === undefined ? wide : [...wide, ...this.tables.webhooks.ofConversation(conversationSid)]
  }

  outboxQueues(): readonly OutboxQueue[] {
    return this.tables.outbox.queues()
  }

  outboxEntries(queue: OutboxQueue, limit: number): readonly OutboxEntry[] {
    return this.tables.outbox.waiting(queue, limit)
  }

  deadEntries(after: number, limit: number): readonly OutboxEntry[] {
    return this.tables.outbox.dead(after, limit)
  }

  outboxCounts(kind: OutboxKind): OutboxCounts {
    return this.tables.outbox.counts(kind)
  }
}

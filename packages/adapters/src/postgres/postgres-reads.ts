import type {
  AccountRecord,
  AddressConfigurationRange,
  AddressConfigurationRecord,
  AddressPair,
  Awaitable,
  BindingRecord,
  ChannelPartRecord,
  ContentTemplateRecord,
  ConversationRange,
  ConversationRecord,
  DeviceCursor,
  DeviceRow,
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
  UserKey,
  UserRecord,
  WebhookRecord,
} from '@conversa/core'
import type { ConversationEvent, KnownRevision, ListCursor, PushChannel, UserEvent } from '@conversa/protocol'
import { firstOf, mergeLog, wholeLog } from '../event-log.ts'
import type { Querier } from './connection.ts'
import { addressConfigurationTable } from './tables/address-configuration-table.ts'
import { channelPartTable } from './tables/channel-part-table.ts'
import { contentTemplateTable } from './tables/content-template-table.ts'
import { conversationTable } from './tables/conversation-table.ts'
import { mediaTable } from './tables/media-table.ts'
import { messageTable } from './tables/message-table.ts'
import { optOutTable } from './tables/opt-out-table.ts'
import { outboxTable } from './tables/outbox-table.ts'
import { participantTable } from './tables/participant-table.ts'
import { pushCredentialTable } from './tables/push-credential-table.ts'
import { pushRegistrationTable } from './tables/push-registration-table.ts'
import { receiptTable } from './tables/receipt-table.ts'
import { serviceTable } from './tables/service-table.ts'
import { userTable } from './tables/user-table.ts'
import { inOrder, webhookTable } from './tables/webhook-table.ts'

/** All that can be read, each question one or few statements. */
export class PostgresReads implements Reads {
  protected readonly database: Querier
  /** Whether what is read is locked where the port says so. */
  readonly #locks: boolean

  constructor(database: Querier, locks = false) {
    this.database = database
    this.#locks = locks
  }

  account(sid: string): Promise<AccountRecord | undefined> {
    return serviceTable.account(this.database, sid)
  }

  service(sid: string): Awaitable<ServiceRecord | undefined> {
    return serviceTable.find(this.database, [sid]).then(([found]) => found)
  }

  services(accountSid: string, after: string | undefined, limit: number): Promise<readonly ServiceRecord[]> {
    return serviceTable.page(this.database, accountSid, after ?? '', limit)
  }

  roles(serviceSid: string): Awaitable<ReadonlyMap<string, RoleRecord>> {
    return serviceTable.roles(this.database, [serviceSid]).then((roles) => new Map(roles.map((role) => [role.sid, role])))
  }

  isRoleHeld(serviceSid: string, roleSid: string): Promise<boolean> {
    return serviceTable.isRoleHeld(this.database, serviceSid, roleSid)
  }

  user(key: UserKey): Awaitable<UserRecord | undefined> {
    return userTable.find(this.database, [key]).then(([found]) => found)
  }

  hasUser(sid: string): Promise<boolean> {
    return userTable.has(this.database, sid)
  }

  userBySid(serviceSid: string, sid: string): Promise<UserRecord | undefined> {
    return userTable.findBySid(this.database, serviceSid, sid)
  }

  users(serviceSid: string, after: string | undefined, limit: number): Promise<readonly UserRecord[]> {
    return userTable.page(this.database, serviceSid, after ?? '', limit)
  }

  departedRevision(key: UserKey): Promise<number> {
    return userTable.departedRevision(this.database, key)
  }

  conversations(serviceSid: string, range: ConversationRange): Promise<readonly ConversationRecord[]> {
    return conversationTable.page(this.database, serviceSid, range)
  }

  conversation(serviceSid: string, sid: string): Awaitable<ConversationRecord | undefined> {
    return conversationTable.find(this.database, sid).then((found) => (found?.serviceSid === serviceSid ? found : undefined))
  }

  hasConversation(sid: string): Awaitable<boolean> {
    return conversationTable.find(this.database, sid).then((found) => found !== undefined)
  }

  conversationByName(serviceSid: string, uniqueName: string): Promise<ConversationRecord | undefined> {
    return conversationTable.findByName(this.database, serviceSid, uniqueName)
  }

  conversationsDue(by: number, limit: number): Promise<readonly ConversationRecord[]> {
    return conversationTable.due(this.database, by, limit)
  }

  participant(conversationSid: string, sid: string): Promise<ParticipantRecord | undefined> {
    return participantTable.find(this.database, conversationSid, sid)
  }

  participantOf(conversationSid: string, identity: string): Awaitable<ParticipantRecord | undefined> {
    return participantTable.findOf(this.database, [{ conversationSid, identity }]).then(([found]) => found)
  }

  participantAt(conversationSid: string, address: string, proxyAddress?: string): Promise<ParticipantRecord | undefined> {
    return participantTable.findAt(this.database, conversationSid, address, proxyAddress)
  }

  participants(conversationSid: string, after: string | undefined, limit: number): Promise<readonly ParticipantRecord[]> {
    return participantTable.page(this.database, conversationSid, after ?? '', limit)
  }

  nonChatParticipants(conversationSid: string): Promise<readonly ParticipantRecord[]> {
    return participantTable.nonChat(this.database, conversationSid)
  }

  openConversationsOf(addresses: Pick<BindingRecord, 'address' | 'proxyAddress'>): Promise<readonly ConversationRecord[]> {
    return conversationTable.openOf(this.database, addresses)
  }

  message(conversationSid: string, index: number): Promise<MessageRecord | undefined> {
    return messageTable.find(this.database, conversationSid, index)
  }

  messageBySid(conversationSid: string, sid: string): Promise<MessageRecord | undefined> {
    return messageTable.findBySid(this.database, conversationSid, sid)
  }

  messageByKey(conversationSid: string, author: string, key: string): Awaitable<MessageRecord | undefined> {
    return messageTable.findByKey(this.database, { conversationSid, author, key })
  }

  messages(conversationSid: string, range: MessageRange): Promise<readonly MessageRecord[]> {
    return messageTable.page(this.database, conversationSid, range)
  }

  receipts(conversationSid: string, index: number): Promise<readonly ReceiptRecord[]> {
    return receiptTable.ofMessage(this.database, conversationSid, index)
  }

  async receiptCalled(channelMessageSid: string): Promise<PlacedReceipt | undefined> {
    const receipt = await receiptTable.called(this.database, channelMessageSid)
    const conversation = receipt && (await conversationTable.find(this.database, receipt.conversationSid))
    return receipt && conversation && { conversation, receipt }
  }

  channelParts(adapter: string): Promise<readonly ChannelPartRecord[]> {
    return channelPartTable.of(this.database, adapter)
  }

  optOut(accountSid: string, addresses: AddressPair): Promise<OptOutRecord | undefined> {
    return optOutTable.find(this.database, accountSid, addresses)
  }

  optOutAnswer(
    accountSid: string,
    addresses: AddressPair,
    word: OptOutAnswerRecord['word'],
  ): Promise<OptOutAnswerRecord | undefined> {
    return optOutTable.answer(this.database, accountSid, addresses, word)
  }

  optOuts(accountSid: string, after: AddressPair | undefined, limit: number): Promise<readonly OptOutRecord[]> {
    return optOutTable.page(this.database, accountSid, after, limit)
  }

  tombstonesAbove(conversationSid: string, index: number): Promise<number> {
    return messageTable.tombstonesAbove(this.database, conversationSid, index)
  }

  memberships(key: UserKey, after: ListCursor | undefined, limit: number): Promise<readonly MembershipRow[]> {
    return participantTable.membershipsOf(this.database, key, after, limit)
  }

  membershipsBySid(key: UserKey, after: string | undefined, limit: number): Promise<readonly MembershipRow[]> {
    return participantTable.membershipsBySid(this.database, key, after ?? '', limit)
  }

  membershipsBefore(key: UserKey, before: string | undefined, limit: number): Promise<readonly MembershipRow[]> {
    return participantTable.membershipsBefore(this.database, key, before, limit)
  }

  participationsAt(
    serviceSid: string,
    address: string,
    after: ParticipationCursor | undefined,
    limit: number,
  ): Promise<readonly MembershipRow[]> {
    return participantTable.participationsAt(this.database, { serviceSid, address }, after, limit)
  }

  async membershipSids(key: UserKey): Promise<readonly string[]> {
    const known = await participantTable.revisionsOf(this.database, key)
    return known.map(({ conversationSid }) => conversationSid)
  }

  membershipRevisions(key: UserKey): Promise<readonly KnownRevision[]> {
    return participantTable.revisionsOf(this.database, key)
  }

  async conversationEvents(
    conversation: ConversationRecord,
    after: number,
    limit: number,
  ): Promise<readonly ConversationEvent[] | undefined> {
    const range = firstOf(conversation, after, limit)
    if (range.through < after || !(await this.conversation(conversation.serviceSid, conversation.sid))) return undefined
    const [logged, messages] = await Promise.all([
      conversationTable.logged(this.database, conversation.sid, range),
      messageTable.stored(this.database, conversation, range),
    ])
    return mergeLog(range, logged, messages)
  }

  async userEvents(user: UserRecord, after: number, limit: number): Promise<readonly UserEvent[] | undefined> {
    const range = firstOf(user, after, limit)
    return wholeLog(await userTable.logged(this.database, user, range), range)
  }

  answer(owner: string, key: string): Awaitable<KeptAnswer | undefined> {
    return serviceTable.answers(this.database, [{ owner, key }]).then(([found]) => found?.kept)
  }

  mayOwnAnswers(owner: string): Awaitable<boolean> {
    return serviceTable.owners(this.database, [owner]).then((owners) => owners.has(owner))
  }

  media(sid: string): Promise<MediaRecord | undefined> {
    return mediaTable.find(this.database, sid, this.#locks)
  }

  mediaByKey(owner: UserKey, key: string): Promise<MediaRecord | undefined> {
    return mediaTable.findByKey(this.database, owner, key)
  }

  unsentMediaBytes(owner: UserKey): Promise<number> {
    return mediaTable.unsentBytes(this.database, owner)
  }

  mediaToCollect(
    before: { readonly uploading: number; readonly pending: number },
    limit: number,
  ): Promise<readonly MediaRecord[]> {
    return mediaTable.toCollect(this.database, before, limit)
  }

  pushRegistration(
    serviceSid: string,
    channelType: PushChannel,
    registrationId: string,
  ): Promise<PushRegistrationRecord | undefined> {
    return pushRegistrationTable.find(this.database, { serviceSid, channelType, registrationId }, this.#locks)
  }

  pushRegistrationBySid(serviceSid: string, sid: string): Promise<PushRegistrationRecord | undefined> {
    return pushRegistrationTable.findBySid(this.database, serviceSid, sid, this.#locks)
  }

  servicePushRegistrations(serviceSid: string, range: PushRegistrationRange): Promise<readonly PushRegistrationRecord[]> {
    return pushRegistrationTable.page(this.database, serviceSid, range)
  }

  pushRegistrations(owner: UserKey, limit: number): Promise<readonly PushRegistrationRecord[]> {
    return pushRegistrationTable.ofUser(this.database, owner, limit)
  }

  conversationDevices(
    conversation: ConversationRecord,
    after: DeviceCursor | undefined,
    limit: number,
  ): Promise<readonly DeviceRow[]> {
    return pushRegistrationTable.ofConversation(this.database, conversation, { after, limit })
  }

  addressConfiguration(accountSid: string, sid: string): Promise<AddressConfigurationRecord | undefined> {
    return addressConfigurationTable.find(this.database, accountSid, sid, this.#locks)
  }

  addressConfigurationOf(accountSid: string, address: string): Promise<AddressConfigurationRecord | undefined> {
    return addressConfigurationTable.findByAddress(this.database, accountSid, address)
  }

  addressConfigurations(accountSid: string, range: AddressConfigurationRange): Promise<readonly AddressConfigurationRecord[]> {
    return addressConfigurationTable.page(this.database, accountSid, range)
  }

  pushCredential(accountSid: string, sid: string): Promise<PushCredentialRecord | undefined> {
    return pushCredentialTable.find(this.database, accountSid, sid, this.#locks)
  }

  contentTemplate(accountSid: string, sid: string): Promise<ContentTemplateRecord | undefined> {
    return contentTemplateTable.find(this.database, accountSid, sid)
  }

  pushCredentials(accountSid: string, after: string | undefined, limit: number): Promise<readonly PushCredentialRecord[]> {
    return pushCredentialTable.page(this.database, accountSid, after ?? '', limit)
  }

  contentTemplates(accountSid: string, after: string | undefined, limit: number): Promise<readonly ContentTemplateRecord[]> {
    return contentTemplateTable.page(this.database, accountSid, after ?? '', limit)
  }

  webhook(sid: string): Promise<WebhookRecord | undefined> {
    return webhookTable.find(this.database, sid)
  }

  conversationWebhooks(conversationSid: string): Promise<readonly WebhookRecord[]> {
    return webhookTable.ofConversation(this.database, conversationSid)
  }

  listening(serviceSid: string, conversationSid: string | undefined): Awaitable<readonly WebhookRecord[]> {
    const conversations = conversationSid === undefined ? [] : [conversationSid]
    const found = webhookTable.listening(this.database, [serviceSid], conversations)
    return found.then((webhooks) => inOrder(webhooks, serviceSid, conversationSid))
  }

  outboxQueues(): Promise<readonly OutboxQueue[]> {
    return outboxTable.queues(this.database)
  }

  outboxEntries(queue: OutboxQueue, limit: number): Promise<readonly OutboxEntry[]> {
    return outboxTable.waiting(this.database, queue, limit)
  }

  deadEntries(after: number, limit: number): Promise<readonly OutboxEntry[]> {
    return outboxTable.dead(this.database, after, limit)
  }

  outboxCounts(kind: OutboxKind): Promise<OutboxCounts> {
    return outboxTable.counts(this.database, kind)
  }
}

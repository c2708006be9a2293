import {
  type AccountRecord,
  type AddressConfigurationRange,
  type AddressConfigurationRecord,
  type AddressPair,
  type ChannelPartRecord,
  type ContentTemplateRecord,
  type ConversationRecord,
  type DeviceCursor,
  type DeviceRow,
  type KeptAnswer,
  type MediaRecord,
  type OptOutAnswerRecord,
  type OptOutRecord,
  type OutboxCounts,
  type OutboxDraft,
  type OutboxEntry,
  type OutboxKind,
  type OutboxQueue,
  type PushCredentialRecord,
  type PushRegistrationRange,
  type PushRegistrationRecord,
  type RoleRecord,
  type ServiceRecord,
  type Tx,
  type UserKey,
  type UserRecord,
  userName,
  type WebhookRecord,
} from '@conversa/core'
import type { PushChannel, UserEvent } from '@conversa/protocol'
import { firstOf, wholeLog } from '../event-log.ts'
import type { Backend } from '../group-commit.ts'
import { MemoryAccountRecords } from './memory-account-records.ts'
import { MemoryAddressConfigurations } from './memory-address-configurations.ts'
import { MemoryChannelParts } from './memory-channel-parts.ts'
import { MemoryConversations } from './memory-conversations.ts'
import { MemoryMedia } from './memory-media.ts'
import { MemoryOptOuts } from './memory-opt-outs.ts'
import { MemoryOutbox } from './memory-outbox.ts'
import { MemoryPushRegistrations } from './memory-push-registrations.ts'
import { MemoryWebhooks } from './memory-webhooks.ts'
import { bySid } from './row-order.ts'

/** All tables in memory. */
export class MemoryTables extends MemoryConversations implements Backend, Tx {
  readonly tx: Tx = this
  readonly #accounts = new Map<string, AccountRecord>()
  readonly #services = new Map<string, ServiceRecord>()
  readonly #roles = new Map<string, RoleRecord>()
  readonly #users = new Map<string, UserRecord>()
  readonly #userEvents = new Map<string, UserEvent[]>()
  readonly #answers = new Map<string, KeptAnswer>()
  /** The last revision of users who were removed. */
  readonly #departed = new Map<string, number>()
  readonly #media = new MemoryMedia(this.undoable)
  readonly #pushRegistrations = new MemoryPushRegistrations(this.undoable)
  readonly #addressConfigurations = new MemoryAddressConfigurations(this.undoable)
  readonly #pushCredentials = new MemoryAccountRecords<PushCredentialRecord>(this.undoable)
  readonly #contentTemplates = new MemoryAccountRecords<ContentTemplateRecord>(this.undoable)
  readonly #webhooks = new MemoryWebhooks(this.undoable)
  readonly #channelParts = new MemoryChannelParts(this.undoable)
  readonly #optOuts = new MemoryOptOuts(this.undoable)
  readonly #outbox = new MemoryOutbox(this.undoable)

  service(sid: string): ServiceRecord | undefined {
    return this.#services.get(sid)
  }

  account(sid: string): AccountRecord | undefined {
    return this.#accounts.get(sid)
  }

  services(accountSid: string, after: string | undefined, limit: number): readonly ServiceRecord[] {
    const own = [...this.#services.values()].filter((one) => one.accountSid === accountSid)
    return bySid(own, after, limit)
  }

  isRoleHeld(serviceSid: string, roleSid: string): boolean {
    if (this.#users.values().some((user) => user.serviceSid === serviceSid && user.roleSid === roleSid)) return true
    return this.isRoleOfParticipant(roleSid)
  }

  hasUser(sid: string): boolean {
    return this.#users.values().some((user) => user.sid === sid)
  }

  userBySid(serviceSid: string, sid: string): UserRecord | undefined {
    return this.#users.values().find((user) => user.serviceSid === serviceSid && user.sid === sid)
  }

  users(serviceSid: string, after: string | undefined, limit: number): readonly UserRecord[] {
    const own = [...this.#users.values()].filter((one) => one.serviceSid === serviceSid)
    return bySid(own, after, limit)
  }

  departedRevision(key: UserKey): number {
    return this.#departed.get(userName(key)) ?? 0
  }

  roles(serviceSid: string): ReadonlyMap<string, RoleRecord> {
    return new Map([...this.#roles].filter(([, role]) => role.serviceSid === serviceSid))
  }

  user(key: UserKey): UserRecord | undefined {
    return this.#users.get(userName(key))
  }

  userEvents(user: UserRecord, after: number, limit: number): readonly UserEvent[] | undefined {
    const range = firstOf(user, after, limit)
    const events = this.#userEvents.get(userName(user))?.filter(({ revision }) => revision > after && revision <= range.through)
    return wholeLog(events ?? [], range)
  }

  answer(owner: string, key: string): KeptAnswer | undefined {
    return this.#answers.get(`${owner}\n${key}`)
  }

  /** Looking costs nothing here. */
  mayOwnAnswers(): boolean {
    return true
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

  pushRegistrations(owner: UserKey, limit: number): readonly PushRegistrationRecord[] {
    return this.#pushRegistrations.ofUser(owner, limit)
  }

  conversationDevices(
    { serviceSid, sid }: ConversationRecord,
    after: DeviceCursor | undefined,
    limit: number,
  ): readonly DeviceRow[] {
    const participants = this.participants(sid, undefined, Number.POSITIVE_INFINITY)
    return this.#pushRegistrations.ofConversation(serviceSid, participants, { after, limit })
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

  contentTemplate(accountSid: string, sid: string): ContentTemplateRecord | undefined {
    return this.#contentTemplates.find(accountSid, sid)
  }

  pushCredentials(accountSid: string, after: string | undefined, limit: number): readonly PushCredentialRecord[] {
    return this.#pushCredentials.page(accountSid, after, limit)
  }

  contentTemplates(accountSid: string, after: string | undefined, limit: number): readonly ContentTemplateRecord[] {
    return this.#contentTemplates.page(accountSid, after, limit)
  }

  webhook(sid: string): WebhookRecord | undefined {
    return this.#webhooks.find(sid)
  }

  conversationWebhooks(conversationSid: string): readonly WebhookRecord[] {
    return this.#webhooks.ofConversation(conversationSid)
  }

  listening(serviceSid: string, conversationSid: string | undefined): readonly WebhookRecord[] {
    return this.#webhooks.listening(this.#services.get(serviceSid)?.accountSid, serviceSid, conversationSid)
  }

  channelParts(adapter: string): readonly ChannelPartRecord[] {
    return this.#channelParts.of(adapter)
  }

  optOut(accountSid: string, addresses: AddressPair): OptOutRecord | undefined {
    return this.#optOuts.find(accountSid, addresses)
  }

  optOutAnswer(accountSid: string, addresses: AddressPair, word: OptOutAnswerRecord['word']): OptOutAnswerRecord | undefined {
    return this.#optOuts.answer(accountSid, addresses, word)
  }

  optOuts(accountSid: string, after: AddressPair | undefined, limit: number): readonly OptOutRecord[] {
    return this.#optOuts.page(accountSid, after, limit)
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

  pushRegistrationBySid(serviceSid: string, sid: string): PushRegistrationRecord | undefined {
    return this.#pushRegistrations.findBySid(serviceSid, sid)
  }

  servicePushRegistrations(serviceSid: string, range: PushRegistrationRange): readonly PushRegistrationRecord[] {
    return this.#pushRegistrations.ofService(serviceSid, range)
  }

  saveAccount(record: AccountRecord): void {
    this.put(this.#accounts, record.sid, record)
  }

  saveService(record: ServiceRecord): void {
    this.put(this.#services, record.sid, record)
  }

  removeService({ sid }: ServiceRecord): void {
    for (const role of this.roles(sid).values()) this.removeRole(role)
    this.#webhooks.remove(sid)
    this.drop(this.#services, sid)
  }

  removeRole({ sid }: RoleRecord): void {
    this.drop(this.#roles, sid)
  }

  removeUser(record: UserRecord): void {
    const name = userName(record)
    this.drop(this.#users, name)
    this.drop(this.#userEvents, name)
    this.put(this.#departed, name, record.revision)
  }

  saveRole(record: RoleRecord): void {
    this.put(this.#roles, record.sid, record)
  }

  saveUser(record: UserRecord): void {
    this.put(this.#users, userName(record), record)
  }

  logUserEvent(serviceSid: string, event: UserEvent): void {
    const name = userName({ serviceSid, identity: event.identity })
    const log = this.#userEvents.get(name) ?? []
    if (log.length === 0) this.put(this.#userEvents, name, log)
    this.append(log, event)
  }

  keepAnswer(owner: string, key: string, answer: KeptAnswer): void {
    this.put(this.#answers, `${owner}\n${key}`, answer)
  }

  forgetAnswers(before: number, limit: number): void {
    const expired = [...this.#answers].filter(([, { expires }]) => expires !== undefined && expires <= before)
    for (const [name] of expired.slice(0, limit)) this.drop(this.#answers, name)
  }

  saveMedia(record: MediaRecord): void {
    this.#media.save(record)
  }

  removeMedia(sid: string): void {
    this.#media.remove(sid)
  }

  savePushRegistration(record: PushRegistrationRecord): void {
    this.#pushRegistrations.save(record)
  }

  override removeConversation(record: ConversationRecord): void {
    super.removeConversation(record)
    for (const webhook of this.conversationWebhooks(record.sid)) this.removeWebhook(webhook)
    this.#media.freeOf(record.sid)
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

  saveContentTemplate(record: ContentTemplateRecord): void {
    this.#contentTemplates.save(record)
  }

  removePushCredential(sid: string): void {
    this.#pushCredentials.remove(sid)
  }

  removeContentTemplate(sid: string): void {
    this.#contentTemplates.remove(sid)
  }

  saveWebhook(record: WebhookRecord): void {
    this.#webhooks.save(record)
  }

  removeWebhook({ sid }: WebhookRecord): void {
    this.#webhooks.remove(sid)
  }

  /** One process has the store, and with it every lease. */
  requireLease(): void {}

  saveChannelPart(record: ChannelPartRecord): void {
    this.#channelParts.save(record)
  }

  removeChannelParts(adapter: string, message: string): void {
    this.#channelParts.remove((one) => one.adapter === adapter && one.message === message)
  }

  removeOldChannelParts(before: number): void {
    this.#channelParts.remove(({ dateCreated }) => dateCreated < before)
  }

  saveOptOutAnswer(record: OptOutAnswerRecord): void {
    this.#optOuts.saveAnswer(record)
  }

  removeOldOptOutAnswers(through: number): void {
    this.#optOuts.removeOldAnswers(through)
  }

  saveOptOut(record: OptOutRecord): void {
    this.#optOuts.save(record)
  }

  removeOptOut(accountSid: string, addresses: AddressPair): void {
    this.#optOuts.remove(accountSid, addresses)
  }

  addEntry(draft: OutboxDraft): void {
    this.#outbox.add(draft)
  }

  saveEntry(entry: Parameters<Tx['saveEntry']>[0]): void {
    this.#outbox.save(entry)
  }

  removeEntry(id: number): void {
    this.#outbox.remove(id)
  }

  removePushRegistration(sid: string): void {
    this.#pushRegistrations.remove(sid)
  }
}

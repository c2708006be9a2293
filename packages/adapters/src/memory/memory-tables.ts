import {
  type AccountRecord,
  type AddressPair,
  type ConversationRange,
  type ConversationRecord,
  type HookDelivery,
  type HookDraft,
  type HookQueue,
  type KeptAnswer,
  type MediaRecord,
  type MembershipRow,
  type MessageRange,
  type MessageRecord,
  nextTransition,
  type ParticipantRecord,
  type PushRegistrationRange,
  type PushRegistrationRecord,
  type ReceiptRecord,
  type RoleRecord,
  type ServiceRecord,
  type Tx,
  type UserKey,
  type UserRecord,
  userName,
  type WebhookRecord,
} from '@conversa/core'
import type { ConversationEvent, KnownRevision, ListCursor, PushChannel, UserEvent } from '@conversa/protocol'
import { firstOf, mergeLog, wholeLog } from '../event-log.ts'
import type { Backend } from '../group-commit.ts'
import { MemoryMedia } from './memory-media.ts'
import { MemoryPushRegistrations } from './memory-push-registrations.ts'
import { MemoryWebhooks } from './memory-webhooks.ts'
import type { Room } from './room.ts'
import { bySid, lastCreatedFirst, newestFirst } from './row-order.ts'

const keyName = (author: string, key: string) => `${author}\n${key}`

/** Maps with an undo list: a rollback walks it backwards. */
export class MemoryTables implements Backend, Tx {
  readonly tx: Tx = this
  readonly #accounts = new Map<string, AccountRecord>()
  readonly #services = new Map<string, ServiceRecord>()
  readonly #roles = new Map<string, RoleRecord>()
  readonly #users = new Map<string, UserRecord>()
  readonly #userEvents = new Map<string, UserEvent[]>()
  readonly #memberships = new Map<string, Map<string, true>>()
  readonly #conversations = new Map<string, ConversationRecord>()
  readonly #names = new Map<string, string>()
  readonly #rooms = new Map<string, Room>()
  readonly #answers = new Map<string, KeptAnswer>()
  /** The last revision of users who were removed. */
  readonly #departed = new Map<string, number>()
  readonly #media = new MemoryMedia((step) => this.#undo.push(step))
  readonly #pushRegistrations = new MemoryPushRegistrations((step) => this.#undo.push(step))
  #undo: (() => void)[] = []
  readonly #webhooks = new MemoryWebhooks((step) => this.#undo.push(step))

  begin(): void {
    this.#undo = []
  }

  commit(): void {
    this.#undo = []
  }

  rollback(): void {
    for (const undo of this.#undo.reverse()) undo()
    this.#undo = []
  }

  service(sid: string): ServiceRecord | undefined {
    return this.#services.get(sid)
  }

  account(sid: string): AccountRecord | undefined {
    return this.#accounts.get(sid)
  }

  services(accountSid: string, after: string | undefined, limit: number): readonly ServiceRecord[] {
    return bySid(
      [...this.#services.values()].filter((one) => one.accountSid === accountSid),
      after,
      limit,
    )
  }

  isRoleHeld(serviceSid: string, roleSid: string): boolean {
    if (this.#users.values().some((user) => user.serviceSid === serviceSid && user.roleSid === roleSid)) return true
    return this.#rooms.values().some(({ participants }) => participants.values().some((one) => one.roleSid === roleSid))
  }

  userBySid(serviceSid: string, sid: string): UserRecord | undefined {
    return this.#users.values().find((user) => user.serviceSid === serviceSid && user.sid === sid)
  }

  users(serviceSid: string, after: string | undefined, limit: number): readonly UserRecord[] {
    return bySid(
      [...this.#users.values()].filter((one) => one.serviceSid === serviceSid),
      after,
      limit,
    )
  }

  departedRevision(key: UserKey): number {
    return this.#departed.get(userName(key)) ?? 0
  }

  conversations(serviceSid: string, range: ConversationRange): readonly ConversationRecord[] {
    const { after, from = 0, to = Number.MAX_SAFE_INTEGER, state, limit } = range
    const matches = [...this.#conversations.values()].filter(
      (one) =>
        one.serviceSid === serviceSid &&
        one.dateCreated >= from &&
        one.dateCreated <= to &&
        (state === undefined || one.state === state) &&
        (after === undefined || lastCreatedFirst(after, one) < 0),
    )
    return matches.sort(lastCreatedFirst).slice(0, limit)
  }

  conversationsDue(by: number, limit: number): readonly ConversationRecord[] {
    const due = [...this.#conversations.values()].flatMap((one) => {
      const at = nextTransition(one)?.at
      return at !== undefined && at <= by ? [{ one, at, sid: one.sid }] : []
    })
    due.sort((a, b) => a.at - b.at || (a.sid < b.sid ? -1 : 1))
    return due.slice(0, limit).map(({ one }) => one)
  }

  roles(serviceSid: string): ReadonlyMap<string, RoleRecord> {
    return new Map([...this.#roles].filter(([, role]) => role.serviceSid === serviceSid))
  }

  user(key: UserKey): UserRecord | undefined {
    return this.#users.get(userName(key))
  }

  conversation(serviceSid: string, sid: string): ConversationRecord | undefined {
    const record = this.#conversations.get(sid)
    return record?.serviceSid === serviceSid ? record : undefined
  }

  conversationByName(serviceSid: string, uniqueName: string): ConversationRecord | undefined {
    const sid = this.#names.get(`${serviceSid} ${uniqueName}`)
    return sid === undefined ? undefined : this.#conversations.get(sid)
  }

  participant(conversationSid: string, sid: string): ParticipantRecord | undefined {
    return this.#rooms.get(conversationSid)?.participants.get(sid)
  }

  participantOf(conversationSid: string, identity: string): ParticipantRecord | undefined {
    return this.#rooms
      .get(conversationSid)
      ?.participants.values()
      .find((one) => one.identity === identity)
  }

  participants(conversationSid: string, after: string | undefined, limit: number): readonly ParticipantRecord[] {
    const all = [...(this.#rooms.get(conversationSid)?.participants.values() ?? [])].sort((a, b) => (a.sid < b.sid ? -1 : 1))
    return all.filter(({ sid }) => after === undefined || sid > after).slice(0, limit)
  }

  openConversationsOf({ address, proxyAddress }: AddressPair): readonly ConversationRecord[] {
    const isBound = ({ binding }: ParticipantRecord) => binding?.address === address && binding.proxyAddress === proxyAddress
    return [...this.#conversations.values()].filter(
      ({ sid, state }) => state !== 'closed' && this.#rooms.get(sid)?.participants.values().some(isBound),
    )
  }

  message(conversationSid: string, index: number): MessageRecord | undefined {
    return this.#rooms.get(conversationSid)?.messages.find((message) => message.index === index)
  }

  messageByKey(conversationSid: string, author: string, key: string): MessageRecord | undefined {
    const index = this.#rooms.get(conversationSid)?.keys.get(keyName(author, key))
    return index === undefined ? undefined : this.message(conversationSid, index)
  }

  messages(conversationSid: string, { from, direction, limit }: MessageRange): readonly MessageRecord[] {
    const all = this.#rooms.get(conversationSid)?.messages ?? []
    const backwards = direction === 'backwards'
    const matching = all.filter(({ index, removed }) => !removed && (backwards ? index <= from : index >= from))
    return (backwards ? matching.reverse() : matching).slice(0, limit)
  }

  receipts(conversationSid: string, index: number): readonly ReceiptRecord[] {
    const all = [...(this.#rooms.get(conversationSid)?.receipts.values() ?? [])]
    return all.filter((receipt) => receipt.index === index).sort((a, b) => (a.sid < b.sid ? -1 : 1))
  }

  tombstonesAbove(conversationSid: string, above: number): number {
    return this.#rooms.get(conversationSid)?.messages.filter(({ index, removed }) => removed && index > above).length ?? 0
  }

  memberships(key: UserKey, after: ListCursor | undefined, limit: number): readonly MembershipRow[] {
    const rows = this.membershipSids(key).flatMap((sid) => {
      const conversation = this.#conversations.get(sid)
      const participant = this.participantOf(sid, key.identity)
      return conversation && participant ? [{ conversation, participant }] : []
    })
    rows.sort((a, b) => newestFirst(a.conversation, b.conversation))
    const isAfter = ({ conversation }: MembershipRow) =>
      !after || newestFirst({ activity: after.activity, sid: after.conversationSid }, conversation) < 0
    return rows.filter(isAfter).slice(0, limit)
  }

  membershipsBySid(key: UserKey, after: string | undefined, limit: number): readonly MembershipRow[] {
    const rooms = this.membershipSids(key).flatMap((sid) => this.#conversations.get(sid) ?? [])
    return bySid(rooms, after, limit).flatMap((conversation) => {
      const participant = this.participantOf(conversation.sid, key.identity)
      return participant ? [{ conversation, participant }] : []
    })
  }

  membershipSids(key: UserKey): readonly string[] {
    return [...(this.#memberships.get(userName(key))?.keys() ?? [])]
  }

  membershipRevisions(key: UserKey): readonly KnownRevision[] {
    const rooms = this.membershipSids(key).flatMap((sid) => this.#conversations.get(sid) ?? [])
    return rooms.map(({ sid: conversationSid, revision }) => ({ conversationSid, revision }))
  }

  conversationEvents(conversation: ConversationRecord, after: number, limit: number): readonly ConversationEvent[] | undefined {
    const range = firstOf(conversation, after, limit)
    const isIn = ({ revision }: { revision: number }) => revision > after && revision <= range.through
    const room = this.#rooms.get(conversation.sid)
    return mergeLog(range, room?.events.filter(isIn) ?? [], room?.messages.filter(isIn) ?? [])
  }

  userEvents(user: UserRecord, after: number, limit: number): readonly UserEvent[] | undefined {
    const range = firstOf(user, after, limit)
    const events = this.#userEvents.get(userName(user))?.filter(({ revision }) => revision > after && revision <= range.through)
    return wholeLog(events ?? [], range)
  }

  answer(owner: string, key: string): KeptAnswer | undefined {
    return this.#answers.get(`${owner}\n${key}`)
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

  webhook(sid: string): WebhookRecord | undefined {
    return this.#webhooks.find(sid)
  }

  conversationWebhooks(conversationSid: string): readonly WebhookRecord[] {
    return this.#webhooks.ofConversation(conversationSid)
  }

  listening(serviceSid: string, conversationSid: string | undefined): readonly WebhookRecord[] {
    return this.#webhooks.listening(this.#services.get(serviceSid)?.accountSid, serviceSid, conversationSid)
  }

  hookQueues(): readonly HookQueue[] {
    return this.#webhooks.queues()
  }

  hookDeliveries(queue: HookQueue, limit: number): readonly HookDelivery[] {
    return this.#webhooks.waiting(queue, limit)
  }

  deadHooks(after: number, limit: number): readonly HookDelivery[] {
    return this.#webhooks.dead(after, limit)
  }

  pushRegistrationBySid(serviceSid: string, sid: string): PushRegistrationRecord | undefined {
    return this.#pushRegistrations.findBySid(serviceSid, sid)
  }

  servicePushRegistrations(serviceSid: string, range: PushRegistrationRange): readonly PushRegistrationRecord[] {
    return this.#pushRegistrations.ofService(serviceSid, range)
  }

  saveAccount(record: AccountRecord): void {
    this.#set(this.#accounts, record.sid, record)
  }

  saveService(record: ServiceRecord): void {
    this.#set(this.#services, record.sid, record)
  }

  removeService({ sid }: ServiceRecord): void {
    for (const role of this.roles(sid).values()) this.removeRole(role)
    this.#webhooks.remove(sid)
    this.#delete(this.#services, sid)
  }

  removeRole({ sid }: RoleRecord): void {
    this.#delete(this.#roles, sid)
  }

  removeUser(record: UserRecord): void {
    const name = userName(record)
    this.#delete(this.#users, name)
    this.#delete(this.#userEvents, name)
    this.#set(this.#departed, name, record.revision)
  }

  saveRole(record: RoleRecord): void {
    this.#set(this.#roles, record.sid, record)
  }

  saveUser(record: UserRecord): void {
    this.#set(this.#users, userName(record), record)
  }

  saveConversation(record: ConversationRecord): void {
    const { sid, serviceSid, uniqueName } = record
    const before = this.#conversations.get(sid)
    if (before?.uniqueName) this.#delete(this.#names, `${serviceSid} ${before.uniqueName}`)
    if (uniqueName) {
      const name = `${serviceSid} ${uniqueName}`
      if (this.#names.has(name)) throw new Error('unable to save the conversation: its unique name is taken')
      this.#set(this.#names, name, sid)
    }
    this.#set(this.#conversations, sid, record)
    this.#room(sid)
  }

  removeConversation({ sid, serviceSid, uniqueName }: ConversationRecord): void {
    for (const { identity } of this.#rooms.get(sid)?.participants.values() ?? []) {
      if (identity !== null) this.#delete(this.#membershipsOf({ serviceSid, identity }), sid)
    }
    if (uniqueName) this.#delete(this.#names, `${serviceSid} ${uniqueName}`)
    this.#delete(this.#conversations, sid)
    this.#delete(this.#rooms, sid)
    for (const webhook of this.conversationWebhooks(sid)) this.removeWebhook(webhook)
    this.#media.freeOf(sid)
  }

  saveParticipant(record: ParticipantRecord): void {
    this.#set(this.#room(record.conversationSid).participants, record.sid, record)
    const membership = this.#membershipsOfParticipant(record)
    if (membership && !membership.has(record.conversationSid)) this.#set(membership, record.conversationSid, true)
  }

  removeParticipant(record: ParticipantRecord): void {
    this.#delete(this.#room(record.conversationSid).participants, record.sid)
    const membership = this.#membershipsOfParticipant(record)
    if (membership) this.#delete(membership, record.conversationSid)
  }

  addMessage(record: MessageRecord): void {
    const room = this.#room(record.conversationSid)
    const newest = room.messages.at(-1)
    if (newest && newest.index >= record.index) throw new Error('unable to add the message: its index is taken')
    if (record.key !== null) {
      const name = keyName(record.author, record.key)
      if (room.keys.has(name)) throw new Error('unable to add the message: its key is taken')
      this.#set(room.keys, name, record.index)
    }
    this.#push(room.messages, record)
  }

  saveMessage(record: MessageRecord): void {
    const { messages } = this.#room(record.conversationSid)
    const at = messages.findIndex(({ index }) => index === record.index)
    const before = messages[at] as MessageRecord
    messages[at] = record
    this.#undo.push(() => {
      messages[at] = before
    })
  }

  saveReceipt(record: ReceiptRecord): void {
    this.#set(this.#room(record.conversationSid).receipts, `${record.index} ${record.participantSid}`, record)
  }

  removeReceipts(conversationSid: string, index: number): void {
    const { receipts } = this.#room(conversationSid)
    for (const { participantSid } of this.receipts(conversationSid, index)) this.#delete(receipts, `${index} ${participantSid}`)
  }

  logConversationEvent(event: ConversationEvent): void {
    this.#push(this.#room(event.conversationSid).events, event)
  }

  logUserEvent(serviceSid: string, event: UserEvent): void {
    const name = userName({ serviceSid, identity: event.identity })
    const log = this.#userEvents.get(name) ?? []
    if (log.length === 0) this.#set(this.#userEvents, name, log)
    this.#push(log, event)
  }

  keepAnswer(owner: string, key: string, answer: KeptAnswer): void {
    this.#set(this.#answers, `${owner}\n${key}`, answer)
  }

  forgetAnswers(before: number, limit: number): void {
    const expired = [...this.#answers].filter(([, { expires }]) => expires !== undefined && expires <= before)
    for (const [name] of expired.slice(0, limit)) this.#delete(this.#answers, name)
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

  saveWebhook(record: WebhookRecord): void {
    this.#webhooks.save(record)
  }

  removeWebhook({ sid }: WebhookRecord): void {
    this.#webhooks.remove(sid)
  }

  addHook(draft: HookDraft): void {
    this.#webhooks.add(draft)
  }

  saveHook(delivery: HookDelivery): void {
    this.#webhooks.saveDelivery(delivery)
  }

  removeHook(id: number): void {
    this.#webhooks.removeDelivery(id)
  }

  removePushRegistration(sid: string): void {
    this.#pushRegistrations.remove(sid)
  }

  #room(sid: string): Room {
    const known = this.#rooms.get(sid)
    if (known) return known
    const room: Room = { participants: new Map(), messages: [], keys: new Map(), events: [], receipts: new Map() }
    this.#set(this.#rooms, sid, room)
    return room
  }

  #membershipsOf(key: UserKey): Map<string, true> {
    const name = userName(key)
    const known = this.#memberships.get(name) ?? new Map<string, true>()
    this.#memberships.set(name, known)
    return known
  }

  #membershipsOfParticipant({ conversationSid, identity }: ParticipantRecord): Map<string, true> | undefined {
    const serviceSid = this.#conversations.get(conversationSid)?.serviceSid
    return identity === null || serviceSid === undefined ? undefined : this.#membershipsOf({ serviceSid, identity })
  }

  #set<Value>(map: Map<string, Value>, key: string, value: Value): void {
    const before = map.get(key)
    map.set(key, value)
    this.#undo.push(() => {
      if (before === undefined) map.delete(key)
      else map.set(key, before)
    })
  }

  #delete<Value>(map: Map<string, Value>, key: string): void {
    const before = map.get(key)
    if (before === undefined) return
    map.delete(key)
    this.#undo.push(() => map.set(key, before))
  }

  #push<Value>(list: Value[], value: Value): void {
    list.push(value)
    this.#undo.push(() => list.pop())
  }
}

import {
  type BindingRecord,
  type ConversationRange,
  type ConversationRecord,
  type MembershipRow,
  type MessageRange,
  type MessageRecord,
  nextTransition,
  type ParticipantRecord,
  type ParticipationCursor,
  type PlacedReceipt,
  type ReceiptRecord,
  type UserKey,
  userName,
} from '@conversa/core'
import type { ConversationEvent, KnownRevision, ListCursor } from '@conversa/protocol'
import { firstOf, mergeLog } from '../event-log.ts'
import type { Room } from './room.ts'
import { bySid, lastCreatedFirst, newestFirst } from './row-order.ts'
import { UndoLog } from './undo-log.ts'

const keyName = (author: string, key: string) => `${author}\n${key}`

/** Conversations with all that is in them, in memory. */
export class MemoryConversations extends UndoLog {
  readonly #memberships = new Map<string, Map<string, true>>()
  readonly #conversations = new Map<string, ConversationRecord>()
  readonly #names = new Map<string, string>()
  readonly #rooms = new Map<string, Room>()

  /** Whether a participant of any conversation has a role. */
  protected isRoleOfParticipant(roleSid: string): boolean {
    return this.#rooms.values().some(({ participants }) => participants.values().some((one) => one.roleSid === roleSid))
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

  conversation(serviceSid: string, sid: string): ConversationRecord | undefined {
    const record = this.#conversations.get(sid)
    return record?.serviceSid === serviceSid ? record : undefined
  }

  hasConversation(sid: string): boolean {
    return this.#conversations.has(sid)
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

  participantAt(conversationSid: string, address: string, proxyAddress?: string): ParticipantRecord | undefined {
    return this.participants(conversationSid, undefined, Number.MAX_SAFE_INTEGER).find(
      ({ binding }) => binding?.address === address && (proxyAddress === undefined || binding.proxyAddress === proxyAddress),
    )
  }

  participants(conversationSid: string, after: string | undefined, limit: number): readonly ParticipantRecord[] {
    const all = [...(this.#rooms.get(conversationSid)?.participants.values() ?? [])].sort((a, b) => (a.sid < b.sid ? -1 : 1))
    return all.filter(({ sid }) => after === undefined || sid > after).slice(0, limit)
  }

  nonChatParticipants(conversationSid: string): readonly ParticipantRecord[] {
    return this.participants(conversationSid, undefined, Number.MAX_SAFE_INTEGER).filter(({ binding }) => binding !== null)
  }

  openConversationsOf({ address, proxyAddress }: Pick<BindingRecord, 'address' | 'proxyAddress'>): readonly ConversationRecord[] {
    const isBound = ({ binding }: ParticipantRecord) => binding?.address === address && binding.proxyAddress === proxyAddress
    return [...this.#conversations.values()].filter(
      ({ sid, state }) => state !== 'closed' && this.#rooms.get(sid)?.participants.values().some(isBound),
    )
  }

  message(conversationSid: string, index: number): MessageRecord | undefined {
    return this.#rooms.get(conversationSid)?.messages.find((message) => message.index === index)
  }

  messageBySid(conversationSid: string, sid: string): MessageRecord | undefined {
    return this.#rooms.get(conversationSid)?.messages.find((message) => message.sid === sid)
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

  receiptCalled(channelMessageSid: string): PlacedReceipt | undefined {
    for (const conversation of this.#conversations.values()) {
      const all = this.#rooms.get(conversation.sid)?.receipts.values() ?? []
      for (const receipt of all) if (receipt.channelMessageSid === channelMessageSid) return { conversation, receipt }
    }
    return undefined
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

  membershipsBefore(key: UserKey, before: string | undefined, limit: number): readonly MembershipRow[] {
    const all = this.membershipsBySid(key, undefined, Number.MAX_SAFE_INTEGER)
    return all
      .filter(({ conversation: { sid } }) => before === undefined || sid < before)
      .reverse()
      .slice(0, limit)
  }

  participationsAt(
    serviceSid: string,
    address: string,
    after: ParticipationCursor | undefined,
    limit: number,
  ): readonly MembershipRow[] {
    const rooms = [...this.#conversations.values()].filter((one) => one.serviceSid === serviceSid)
    const rows = bySid(rooms, undefined, rooms.length).flatMap((conversation) =>
      this.participants(conversation.sid, undefined, Number.MAX_SAFE_INTEGER)
        .filter(({ binding }) => binding?.address === address)
        .map((participant) => ({ conversation, participant })),
    )
    const isAfter = ({ conversation: { sid }, participant }: MembershipRow) =>
      !after || sid > after.conversationSid || (sid === after.conversationSid && participant.sid > after.participantSid)
    return rows.filter(isAfter).slice(0, limit)
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

  saveConversation(record: ConversationRecord): void {
    const { sid, serviceSid, uniqueName } = record
    const before = this.#conversations.get(sid)
    if (before?.uniqueName) this.drop(this.#names, `${serviceSid} ${before.uniqueName}`)
    if (uniqueName) {
      const name = `${serviceSid} ${uniqueName}`
      if (this.#names.has(name)) throw new Error('unable to save the conversation: its unique name is taken')
      this.put(this.#names, name, sid)
    }
    this.put(this.#conversations, sid, record)
    this.#room(sid)
  }

  removeConversation({ sid, serviceSid, uniqueName }: ConversationRecord): void {
    for (const { identity } of this.#rooms.get(sid)?.participants.values() ?? []) {
      if (identity !== null) this.drop(this.#membershipsOf({ serviceSid, identity }), sid)
    }
    if (uniqueName) this.drop(this.#names, `${serviceSid} ${uniqueName}`)
    this.drop(this.#conversations, sid)
    this.drop(this.#rooms, sid)
  }

  saveParticipant(record: ParticipantRecord): void {
    this.put(this.#room(record.conversationSid).participants, record.sid, record)
    const membership = this.#membershipsOfParticipant(record)
    if (membership && !membership.has(record.conversationSid)) this.put(membership, record.conversationSid, true)
  }

  removeParticipant(record: ParticipantRecord): void {
    this.drop(this.#room(record.conversationSid).participants, record.sid)
    const membership = this.#membershipsOfParticipant(record)
    if (membership) this.drop(membership, record.conversationSid)
  }

  addMessage(record: MessageRecord): void {
    const room = this.#room(record.conversationSid)
    const newest = room.messages.at(-1)
    if (newest && newest.index >= record.index) throw new Error('unable to add the message: its index is taken')
    if (record.key !== null) {
      const name = keyName(record.author, record.key)
      if (room.keys.has(name)) throw new Error('unable to add the message: its key is taken')
      this.put(room.keys, name, record.index)
    }
    this.append(room.messages, record)
  }

  saveMessage(record: MessageRecord): void {
    const { messages } = this.#room(record.conversationSid)
    const at = messages.findIndex(({ index }) => index === record.index)
    const before = messages[at] as MessageRecord
    messages[at] = record
    this.undoable(() => {
      messages[at] = before
    })
  }

  saveReceipt(record: ReceiptRecord): void {
    this.put(this.#room(record.conversationSid).receipts, `${record.index} ${record.participantSid}`, record)
  }

  removeReceipts(conversationSid: string, index: number): void {
    const { receipts } = this.#room(conversationSid)
    for (const { participantSid } of this.receipts(conversationSid, index)) this.drop(receipts, `${index} ${participantSid}`)
  }

  logConversationEvent(event: ConversationEvent): void {
    this.append(this.#room(event.conversationSid).events, event)
  }

  #room(sid: string): Room {
    const known = this.#rooms.get(sid)
    if (known) return known
    const room: Room = { participants: new Map(), messages: [], keys: new Map(), events: [], receipts: new Map() }
    this.put(this.#rooms, sid, room)
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
}

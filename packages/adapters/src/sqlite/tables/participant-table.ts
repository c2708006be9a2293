import type { StatementSync } from 'node:sqlite'
import type { BindingRecord, MembershipRow, ParticipantRecord, ParticipationCursor } from '@conversa/core'
import type { KnownRevision, ListCursor } from '@conversa/protocol'
import { BoundedMap } from '../../bounded-map.ts'
import { toMembership, toParticipant } from '../../rows/participant-row.ts'
import { LAST_TEXT } from '../../rows/row.ts'
import type { Select, Statements } from '../statements.ts'

const CACHED = 100_000

const COLUMNS = `conversation_id, sid, user_id, identity, role_sid, attributes, notification_level, last_read_message_index,
  last_read_timestamp, date_created, date_updated, address, proxy_address, display_name, email_level, projected_address, thread,
  checksum`

/** A row under names that no other table has. */
export const FIELDS = COLUMNS.split(/,\s*/)
  .map((column) => `p.${column} AS p_${column}`)
  .join(', ')

/** Who is in which conversation. */
export class ParticipantTable {
  /** By conversation and user: asked for at every send. */
  readonly #cache = new BoundedMap<string, ParticipantRecord>(CACHED)
  readonly #bySid: Select
  readonly #byUser: Select
  readonly #page: Select
  readonly #nonChat: Select
  readonly #at: Select
  readonly #sidsOfUser: StatementSync
  readonly #revisionsOfUser: StatementSync
  readonly #membershipsOfUser: Select
  readonly #openOfAddresses: StatementSync
  readonly #membershipsBySid: Select
  readonly #membershipsBefore: Select
  readonly #participationsAt: Select
  readonly #upsert: StatementSync
  readonly #remove: StatementSync

  constructor(database: Statements) {
    const select = (rest: string) => database.select(`SELECT ${FIELDS} FROM participants p ${rest}`, { participants: 'p_' })
    const both = { conversations: '', participants: 'p_' }
    const memberships = (rest: string) =>
      database.select(`SELECT c.*, ${FIELDS} FROM participants p JOIN conversations c ON c.id = p.conversation_id ${rest}`, both)
    this.#bySid = select('WHERE p.conversation_id = ? AND p.sid = ?')
    this.#byUser = select('WHERE p.user_id = ? AND p.conversation_id = ?')
    this.#at = select(
      `WHERE p.address = ?1 AND p.conversation_id = ?2
       AND (?3 IS NULL OR p.proxy_address = ?3) ORDER BY p.sid LIMIT 1`,
    )
    this.#page = select('WHERE p.conversation_id = ? AND p.sid > ? ORDER BY p.sid LIMIT +?')
    this.#nonChat = select('WHERE p.conversation_id = ? AND p.address IS NOT NULL ORDER BY p.sid')
    this.#sidsOfUser = database.prepare(
      'SELECT c.sid FROM participants p JOIN conversations c ON c.id = p.conversation_id WHERE p.user_id = ?',
    )
    this.#revisionsOfUser = database.prepare(
      'SELECT c.sid, c.revision FROM participants p JOIN conversations c ON c.id = p.conversation_id WHERE p.user_id = ?',
    )
    // Sorts ids alone: with the whole rows of 10,000 memberships it takes some five times as long.
    this.#membershipsOfUser = database.select(
      `WITH page AS MATERIALIZED (
         SELECT p.id AS p_id, c.id AS c_id FROM participants p JOIN conversations c ON c.id = p.conversation_id
         WHERE p.user_id = ? AND (c.activity, c.sid) < (?, ?) ORDER BY c.activity DESC, c.sid DESC LIMIT +?
       )
       SELECT c.*, ${FIELDS} FROM page JOIN conversations c ON c.id = page.c_id JOIN participants p ON p.id = page.p_id
       ORDER BY c.activity DESC, c.sid DESC`,
      both,
    )
    this.#openOfAddresses = database.prepare(
      `SELECT c.sid FROM participants p JOIN conversations c ON c.id = p.conversation_id
       WHERE p.address = ? AND p.proxy_address IS ? AND c.state <> 'closed' ORDER BY c.id`,
    )
    this.#membershipsBySid = memberships('WHERE p.user_id = ? AND c.sid > ? ORDER BY c.sid LIMIT +?')
    this.#membershipsBefore = memberships('WHERE p.user_id = ? AND c.sid < ? ORDER BY c.sid DESC LIMIT +?')
    this.#participationsAt = memberships(
      'WHERE p.address = ? AND c.service_sid = ? AND (c.sid, p.sid) > (?, ?) ORDER BY c.sid, p.sid LIMIT +?',
    )
    this.#upsert = database.prepare(
      `INSERT INTO participants (conversation_id, sid, user_id, identity, role_sid, attributes, notification_level,
         last_read_message_index, last_read_timestamp, date_created, date_updated, address, proxy_address, display_name, email_level,
         projected_address, thread)
       VALUES (${'?, '.repeat(16)}?)
       ON CONFLICT (conversation_id, sid) DO UPDATE SET role_sid = excluded.role_sid, attributes = excluded.attributes,
         notification_level = excluded.notification_level, last_read_message_index = excluded.last_read_message_index,
         last_read_timestamp = excluded.last_read_timestamp, date_created = excluded.date_created,
         date_updated = excluded.date_updated, proxy_address = excluded.proxy_address,
         projected_address = excluded.projected_address, thread = excluded.thread`,
    )
    this.#remove = database.prepare('DELETE FROM participants WHERE conversation_id = ? AND sid = ?')
  }

  find(conversationId: number, conversationSid: string, sid: string): ParticipantRecord | undefined {
    const row = this.#bySid.get(conversationId, sid)
    return row && toParticipant(row, conversationSid)
  }

  findOfUser(conversationId: number, conversationSid: string, userId: number): ParticipantRecord | undefined {
    const name = `${conversationId} ${userId}`
    const known = this.#cache.get(name)
    if (known) return known
    const row = this.#byUser.get(userId, conversationId)
    if (!row) return undefined
    const found = toParticipant(row, conversationSid)
    this.#cache.set(name, found)
    return found
  }

  findAt(
    conversationId: number,
    conversationSid: string,
    address: string,
    proxyAddress: string | undefined,
  ): ParticipantRecord | undefined {
    const row = this.#at.get(address, conversationId, proxyAddress ?? null)
    return row && toParticipant(row, conversationSid)
  }

  page(conversationId: number, conversationSid: string, after: string, limit: number): ParticipantRecord[] {
    return this.#page.all(conversationId, after, limit).map((row) => toParticipant(row, conversationSid))
  }

  nonChat(conversationId: number, conversationSid: string): ParticipantRecord[] {
    return this.#nonChat.all(conversationId).map((row) => toParticipant(row, conversationSid))
  }

  sidsOfUser(userId: number): string[] {
    return this.#sidsOfUser.all(userId).map(({ sid }) => String(sid))
  }

  revisionsOfUser(userId: number): KnownRevision[] {
    return this.#revisionsOfUser
      .all(userId)
      .map(({ sid, revision }) => ({ conversationSid: sid as string, revision: revision as number }))
  }

  /** Sorted when asked for: 10,000 memberships take some 3 ms, and a send touches none of them. */
  membershipsOfUser(userId: number, after: ListCursor | undefined, limit: number): MembershipRow[] {
    const { activity, conversationSid } = after ?? { activity: Number.MAX_SAFE_INTEGER, conversationSid: '' }
    return this.#membershipsOfUser.all(userId, activity, conversationSid, limit).map(toMembership)
  }

  membershipsBySid(userId: number, after: string, limit: number): MembershipRow[] {
    return this.#membershipsBySid.all(userId, after, limit).map(toMembership)
  }

  membershipsBefore(userId: number, before: string | undefined, limit: number): MembershipRow[] {
    return this.#membershipsBefore.all(userId, before ?? LAST_TEXT, limit).map(toMembership)
  }

  participationsAt(serviceSid: string, address: string, after: ParticipationCursor | undefined, limit: number): MembershipRow[] {
    const { conversationSid, participantSid } = after ?? { conversationSid: '', participantSid: '' }
    return this.#participationsAt.all(address, serviceSid, conversationSid, participantSid, limit).map(toMembership)
  }

  /** SIDs of the conversations that are not closed. */
  openOfAddresses({ address, proxyAddress }: Pick<BindingRecord, 'address' | 'proxyAddress'>): string[] {
    return this.#openOfAddresses.all(address, proxyAddress).map(({ sid }) => String(sid))
  }

  save(conversationId: number, userId: number | null, record: ParticipantRecord): void {
    this.#upsert.run(
      conversationId,
      record.sid,
      userId,
      record.identity,
      record.roleSid,
      record.attributes,
      record.notificationLevel,
      record.lastReadMessageIndex,
      record.lastReadTimestamp,
      record.dateCreated,
      record.dateUpdated,
      record.binding?.address ?? null,
      record.binding?.proxyAddress ?? null,
      record.binding?.name ?? null,
      record.binding?.level ?? null,
      record.projectedAddress,
      record.thread && JSON.stringify(record.thread),
    )
    if (userId !== null) this.#cache.set(`${conversationId} ${userId}`, record)
  }

  remove(conversationId: number, userId: number | null, { sid }: ParticipantRecord): void {
    this.#remove.run(conversationId, sid)
    if (userId !== null) this.#cache.delete(`${conversationId} ${userId}`)
  }

  forget(): void {
    this.#cache.clear()
  }
}

import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { type ConversationRange, type ConversationRecord, nextTransition } from '@conversa/core'
import type { ConversationEvent } from '@conversa/protocol'
import { BoundedMap } from '../../bounded-map.ts'
import type { LogRange } from '../../event-log.ts'
import { toConversation } from '../../rows/conversation-row.ts'
import { checksumOf } from '../damage/row-checksum.ts'
import type { Select, Statements } from '../statements.ts'

/** A conversation with the small key that its rows elsewhere refer to. */
export interface KeyedConversation {
  readonly id: number
  readonly record: ConversationRecord
}

const CACHED = 20_000

const COLUMNS = `sid, service_sid, unique_name, friendly_name, attributes, created_by, state, state_updated, date_created,
  date_updated, revision, next_index, messages_count, participants_count, last_message_index, last_message_date, activity,
  non_chat_count, timer_inactive, timer_closed, timers_since, due, messaging_service_sid,
  email_address, email_name, checksum`

/**
 * Conversations and the log of what happened in them. A changed row is written once per group, however many messages it got:
 * `flush` does it before the commit.
 */
export class ConversationTable {
  readonly #cache = new BoundedMap<string, KeyedConversation>(CACHED)
  readonly #changed = new Map<string, KeyedConversation>()
  readonly #sidById: StatementSync
  readonly #bySid: Select
  readonly #byName: StatementSync
  readonly #page: Select
  readonly #due: Select
  readonly #insert: StatementSync
  readonly #update: StatementSync
  readonly #remove: StatementSync
  readonly #sweep: StatementSync
  readonly #log: StatementSync
  readonly #logged: Select

  constructor(database: Statements) {
    const select = (rest: string) => database.select(`SELECT id, ${COLUMNS} FROM conversations ${rest}`, { conversations: '' })
    this.#sidById = database.prepare('SELECT sid FROM conversations WHERE id = ?')
    this.#bySid = select('WHERE sid = ?')
    this.#byName = database.prepare('SELECT sid FROM conversations WHERE service_sid = ? AND unique_name = ?')
    this.#page = select(
      `WHERE service_sid = ?1 AND date_created BETWEEN ?2 AND ?3
       AND (date_created, sid) < (?4, ?5) AND (?6 IS NULL OR state = ?6) ORDER BY date_created DESC, sid DESC LIMIT +?7`,
    )
    this.#due = select('WHERE due <= ? ORDER BY due, sid LIMIT +?')
    this.#insert = database.prepare(`INSERT INTO conversations (${COLUMNS}) VALUES (${'?, '.repeat(25)}?)`)
    this.#update = database.prepare(
      `UPDATE conversations SET unique_name = ?3, friendly_name = ?4, attributes = ?5, state = ?7, state_updated = ?8,
       date_created = ?9, date_updated = ?10, revision = ?11, next_index = ?12, messages_count = ?13, participants_count = ?14,
       last_message_index = ?15, last_message_date = ?16, activity = ?17, non_chat_count = ?18, timer_inactive = ?19,
       timer_closed = ?20, timers_since = ?21, due = ?22, messaging_service_sid = ?23, email_address = ?24, email_name = ?25,
       checksum = ?26 WHERE id = ?27`,
    )
    this.#remove = database.prepare('DELETE FROM conversations WHERE id = ?')
    this.#sweep = database.prepare('INSERT INTO sweeps (conversation_id) VALUES (?)')
    this.#log = database.prepare('INSERT INTO conversation_events (conversation_id, revision, event) VALUES (?, ?, ?)')
    this.#logged = database.select(
      'SELECT * FROM conversation_events WHERE conversation_id = ? AND revision > ? AND revision <= ? ORDER BY revision',
      { conversation_events: '' },
    )
  }

  find(sid: string): KeyedConversation | undefined {
    // What changed in this group is not in its row yet, and the cache may have forgotten it meanwhile.
    const known = this.#changed.get(sid) ?? this.#cache.get(sid)
    if (known) return known
    const row = this.#bySid.get(sid)
    if (!row) return undefined
    const found = { id: Number(row.id), record: toConversation(row) }
    this.#cache.set(sid, found)
    return found
  }

  /** The name of a conversation, unless it was removed. */
  sidOf(id: number): string | undefined {
    return this.#sidById.get(id)?.sid as string | undefined
  }

  /** The key of a conversation that is known to be there. */
  idOf(sid: string): number {
    const found = this.find(sid)
    if (!found) throw new Error('unable to write into a conversation that is not stored')
    return found.id
  }

  findByName(serviceSid: string, uniqueName: string): KeyedConversation | undefined {
    this.flush()
    const row = this.#byName.get(serviceSid, uniqueName)
    return row ? this.find(String(row.sid)) : undefined
  }

  page(serviceSid: string, { after, from, to, state, limit }: ConversationRange): ConversationRecord[] {
    this.flush()
    const last = Number.MAX_SAFE_INTEGER
    const [date, sid] = after ? [after.dateCreated, after.sid] : [last, '']
    return this.#page.all(serviceSid, from ?? 0, to ?? last, date, sid, state ?? null, limit).map(toConversation)
  }

  due(by: number, limit: number): ConversationRecord[] {
    this.flush()
    return this.#due.all(by, limit).map(toConversation)
  }

  save(record: ConversationRecord): void {
    const known = this.find(record.sid)
    const saved = { id: known?.id ?? this.#insertRow(record), record }
    this.#cache.set(record.sid, saved)
    if (!known) return
    this.#changed.set(record.sid, saved)
    // A name is claimed at once, so that the unique index refuses the work that takes it and no other.
    if (known.record.uniqueName !== record.uniqueName) this.flush()
  }

  /** Removes the row; what refers to it is swept in small steps later. */
  remove({ sid }: ConversationRecord): number {
    const id = this.idOf(sid)
    this.#changed.delete(sid)
    this.#cache.delete(sid)
    this.#remove.run(id)
    this.#sweep.run(id)
    return id
  }

  log(event: ConversationEvent): void {
    this.#log.run(this.idOf(event.conversationSid), event.revision, JSON.stringify(event))
  }

  logged(id: number, { after, through }: LogRange): ConversationEvent[] {
    return this.#logged.all(id, after, through).map(({ event }) => JSON.parse(String(event)))
  }

  /** Writes the rows that changed within this group. */
  flush(): void {
    for (const { id, record } of this.#changed.values()) this.#update.run(...rowOf(record), id)
    this.#changed.clear()
  }

  /** Forgets everything that is not in the database. */
  forget(): void {
    this.#changed.clear()
    this.#cache.clear()
  }

  #insertRow(record: ConversationRecord): number {
    return Number(this.#insert.run(...rowOf(record)).lastInsertRowid)
  }
}

/** The values of all columns. No trigger gives the checksum: a send writes this row. */
function rowOf(record: ConversationRecord): SQLInputValue[] {
  const { lastMessage } = record
  const row: SQLInputValue[] = [
    record.sid,
    record.serviceSid,
    record.uniqueName,
    record.friendlyName,
    record.attributes,
    record.createdBy,
    record.state,
    record.stateUpdated,
    record.dateCreated,
    record.dateUpdated,
    record.revision,
    record.nextIndex,
    record.messagesCount,
    record.participantsCount,
    lastMessage?.index ?? null,
    lastMessage?.dateCreated ?? null,
    record.activity,
    record.nonChatCount,
    ...timersOf(record),
    ...outsideOf(record),
  ]
  row.push(checksumOf(row))
  return row
}

/** The timers as their columns have them, and when the next transition is due: an index of what the record says. */
function timersOf(record: ConversationRecord): [number | null, number | null, number | null, number | null] {
  const { timers } = record
  if (!timers) return [null, null, null, null]
  return [timers.inactive, timers.closed, timers.since, nextTransition(record)?.at ?? null]
}

/** What carriers and mail servers know it by, as its columns have it. */
function outsideOf({ messagingServiceSid, email }: ConversationRecord): [string | null, string | null, string | null] {
  return [messagingServiceSid, email?.address ?? null, email?.name ?? null]
}

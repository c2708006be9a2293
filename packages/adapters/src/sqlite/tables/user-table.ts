import type { StatementSync } from 'node:sqlite'
import { type UserKey, type UserRecord, userName } from '@conversa/core'
import type { UserEvent } from '@conversa/protocol'
import { BoundedMap } from '../../bounded-map.ts'
import type { LogRange } from '../../event-log.ts'
import { toUser } from '../../rows/user-row.ts'
import type { Select, Statements } from '../statements.ts'

/** A user with the small key that their rows elsewhere refer to. */
export interface KeyedUser {
  readonly id: number
  readonly record: UserRecord
}

const CACHED = 50_000

/** Users and the log of their own scope. */
export class UserTable {
  readonly #cache = new BoundedMap<string, KeyedUser>(CACHED)
  readonly #byIdentity: Select
  readonly #bySid: Select
  readonly #has: StatementSync
  readonly #page: Select
  readonly #departedRevision: Select
  readonly #remove: StatementSync
  readonly #removeLog: StatementSync
  readonly #depart: StatementSync
  readonly #insert: StatementSync
  readonly #update: StatementSync
  readonly #log: StatementSync
  readonly #logged: Select

  constructor(database: Statements) {
    const select = (which: string) => database.select(`SELECT * FROM users WHERE ${which}`, { users: '' })
    this.#byIdentity = select('service_sid = ? AND identity = ?')
    this.#bySid = select('service_sid = ? AND sid = ?')
    this.#has = database.prepare('SELECT 1 FROM users WHERE sid = ?')
    this.#page = select('service_sid = ? AND sid > ? ORDER BY sid LIMIT +?')
    this.#departedRevision = database.select('SELECT * FROM departed_users WHERE service_sid = ? AND identity = ?', {
      departed_users: '',
    })
    this.#remove = database.prepare('DELETE FROM users WHERE id = ?')
    this.#removeLog = database.prepare('DELETE FROM user_events WHERE user_id = ?')
    this.#depart = database.prepare('INSERT OR REPLACE INTO departed_users (service_sid, identity, revision) VALUES (?, ?, ?)')
    this.#insert = database.prepare(
      `INSERT INTO users (sid, service_sid, identity, role_sid, friendly_name, attributes, date_created, date_updated, revision)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#update = database.prepare(
      'UPDATE users SET role_sid = ?, friendly_name = ?, attributes = ?, date_updated = ?, revision = ? WHERE id = ?',
    )
    this.#log = database.prepare('INSERT INTO user_events (user_id, revision, event) VALUES (?, ?, ?)')
    this.#logged = database.select(
      'SELECT * FROM user_events WHERE user_id = ? AND revision > ? AND revision <= ? ORDER BY revision',
      { user_events: '' },
    )
  }

  has(sid: string): boolean {
    return this.#has.get(sid) !== undefined
  }

  find(key: UserKey): KeyedUser | undefined {
    const known = this.#cache.get(userName(key))
    if (known) return known
    const row = this.#byIdentity.get(key.serviceSid, key.identity)
    if (!row) return undefined
    const found = { id: Number(row.id), record: toUser(row) }
    this.#cache.set(userName(key), found)
    return found
  }

  findBySid(serviceSid: string, sid: string): UserRecord | undefined {
    const row = this.#bySid.get(serviceSid, sid)
    return row && toUser(row)
  }

  page(serviceSid: string, after: string, limit: number): UserRecord[] {
    return this.#page.all(serviceSid, after, limit).map(toUser)
  }

  departedRevision({ serviceSid, identity }: UserKey): number {
    return Number(this.#departedRevision.get(serviceSid, identity)?.revision ?? 0)
  }

  /** Removes a user and their log; keys of rows are given again, so nothing may refer to this one any more. */
  remove(record: UserRecord): void {
    const known = this.find(record)
    if (!known) return
    this.#remove.run(known.id)
    this.#removeLog.run(known.id)
    this.#depart.run(record.serviceSid, record.identity, record.revision)
    this.#cache.delete(userName(record))
  }

  save(record: UserRecord): void {
    const known = this.find(record)
    const id = known ? this.#updateRow(known.id, record) : this.#insertRow(record)
    this.#cache.set(userName(record), { id, record })
  }

  /** Adds to the log of a user; they must be stored before. */
  log(serviceSid: string, event: UserEvent): void {
    const user = this.find({ serviceSid, identity: event.identity })
    if (!user) throw new Error('unable to log an event of a user who is not stored')
    this.#log.run(user.id, event.revision, JSON.stringify(event))
  }

  logged(id: number, { after, through }: LogRange): UserEvent[] {
    return this.#logged.all(id, after, through).map(({ event }) => JSON.parse(String(event)))
  }

  forget(): void {
    this.#cache.clear()
  }

  #updateRow(id: number, { roleSid, friendlyName, attributes, dateUpdated, revision }: UserRecord): number {
    this.#update.run(roleSid, friendlyName, attributes, dateUpdated, revision, id)
    return id
  }

  #insertRow(record: UserRecord): number {
    const { sid, serviceSid, identity, roleSid, friendlyName, attributes, dateCreated, dateUpdated, revision } = record
    const done = this.#insert.run(
      sid,
      serviceSid,
      identity,
      roleSid,
      friendlyName,
      attributes,
      dateCreated,
      dateUpdated,
      revision,
    )
    return Number(done.lastInsertRowid)
  }
}

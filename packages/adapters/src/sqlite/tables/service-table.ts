import type { StatementSync } from 'node:sqlite'
import type { KeptAnswer, RoleRecord, ServiceRecord } from '@conversa/core'
import { toRole, toService } from '../../rows/service-row.ts'
import type { Select, Statements } from '../statements.ts'

/** Services and their roles: few, and asked for at every command, so all that was read stays in memory. */
export class ServiceTable {
  readonly #services = new Map<string, ServiceRecord>()
  readonly #roles = new Map<string, ReadonlyMap<string, RoleRecord>>()
  readonly #bySid: Select
  readonly #rolesOf: Select
  readonly #page: Select
  readonly #holders: StatementSync
  readonly #saveService: StatementSync
  readonly #saveRole: StatementSync
  readonly #removeService: StatementSync
  readonly #removeRole: StatementSync

  constructor(database: Statements) {
    this.#bySid = database.select('SELECT * FROM services WHERE sid = ?', { services: '' })
    this.#rolesOf = database.select('SELECT * FROM roles WHERE service_sid = ?', { roles: '' })
    this.#page = database.select('SELECT * FROM services WHERE account_sid = ? AND sid > ? ORDER BY sid LIMIT +?', {
      services: '',
    })
    this.#holders = database.prepare(
      `SELECT EXISTS (SELECT 1 FROM users WHERE service_sid = ?1 AND role_sid = ?2)
         OR EXISTS (SELECT 1 FROM participants WHERE role_sid = ?2) AS held`,
    )
    this.#removeService = database.prepare('DELETE FROM services WHERE sid = ?')
    this.#removeRole = database.prepare('DELETE FROM roles WHERE sid = ?')
    this.#saveService = database.prepare(
      `INSERT OR REPLACE INTO services (sid, account_sid, friendly_name, default_service_role_sid, default_conversation_role_sid,
         default_creator_role_sid, reachability_enabled, date_created, date_updated, notifications)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#saveRole = database.prepare(
      `INSERT OR REPLACE INTO roles (sid, service_sid, type, friendly_name, permissions, date_created, date_updated)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
  }

  find(sid: string): ServiceRecord | undefined {
    const known = this.#services.get(sid)
    if (known) return known
    const row = this.#bySid.get(sid)
    if (!row) return undefined
    const found = toService(row)
    this.#services.set(sid, found)
    return found
  }

  roles(serviceSid: string): ReadonlyMap<string, RoleRecord> {
    const known = this.#roles.get(serviceSid)
    if (known) return known
    const roles = new Map(this.#rolesOf.all(serviceSid).map((row) => [String(row.sid), toRole(row)]))
    this.#roles.set(serviceSid, roles)
    return roles
  }

  page(accountSid: string, after: string, limit: number): ServiceRecord[] {
    return this.#page.all(accountSid, after, limit).map(toService)
  }

  /** Looks through all users and participants: nobody does this often. */
  isRoleHeld(serviceSid: string, roleSid: string): boolean {
    return this.#holders.get(serviceSid, roleSid)?.held === 1
  }

  removeService({ sid }: ServiceRecord): void {
    for (const role of this.roles(sid).values()) this.removeRole(role)
    this.#removeService.run(sid)
    this.#services.delete(sid)
  }

  removeRole({ sid, serviceSid }: RoleRecord): void {
    this.#removeRole.run(sid)
    this.#roles.delete(serviceSid)
  }

  saveService(record: ServiceRecord): void {
    this.#saveService.run(
      record.sid,
      record.accountSid,
      record.friendlyName,
      record.defaultServiceRoleSid,
      record.defaultConversationRoleSid,
      record.defaultCreatorRoleSid,
      record.reachabilityEnabled ? 1 : 0,
      record.dateCreated,
      record.dateUpdated,
      JSON.stringify(record.notifications),
    )
    this.#services.set(record.sid, record)
  }

  saveRole(record: RoleRecord): void {
    const { sid, serviceSid, type, friendlyName, permissions, dateCreated, dateUpdated } = record
    this.#saveRole.run(sid, serviceSid, type, friendlyName, JSON.stringify(permissions), dateCreated, dateUpdated)
    this.#roles.delete(serviceSid)
  }

  forget(): void {
    this.#services.clear()
    this.#roles.clear()
  }
}

/** Owners of whom it is remembered whether they have answers. */
const REMEMBERED_OWNERS = 10_000

/** Answers to commands with a key, for whoever repeats them. */
export class AnswerTable {
  /** Whether owners have any: nobody else writes. */
  readonly #owners = new Map<string, boolean>()
  readonly #find: Select
  readonly #any: StatementSync
  readonly #keep: StatementSync
  readonly #removeExpired: StatementSync

  constructor(database: Statements) {
    this.#find = database.select('SELECT * FROM answers WHERE owner = ? AND key = ?', { answers: '' })
    this.#any = database.prepare('SELECT 1 FROM answers WHERE owner = ? LIMIT 1')
    this.#keep = database.prepare(
      'INSERT OR REPLACE INTO answers (owner, key, fingerprint, answer, date_created, expires) VALUES (?, ?, ?, ?, ?, ?)',
    )
    this.#removeExpired = database.prepare(
      'DELETE FROM answers WHERE (owner, key) IN (SELECT owner, key FROM answers WHERE expires <= ? ORDER BY expires LIMIT +?)',
    )
  }

  find(owner: string, key: string): KeptAnswer | undefined {
    const row = this.#find.get(owner, key)
    if (!row) return undefined
    const kept = { fingerprint: String(row.fingerprint), answer: String(row.answer), dateCreated: Number(row.date_created) }
    return row.expires === null ? kept : { ...kept, expires: Number(row.expires) }
  }

  /** Whether anything is kept under an owner, or was not long ago. */
  owns(owner: string): boolean {
    const known = this.#owners.get(owner)
    if (known !== undefined) return known
    if (this.#owners.size >= REMEMBERED_OWNERS) this.#owners.clear()
    const owns = this.#any.get(owner) !== undefined
    this.#owners.set(owner, owns)
    return owns
  }

  keep(owner: string, key: string, { fingerprint, answer, dateCreated, expires }: KeptAnswer): void {
    this.#owners.delete(owner)
    this.#keep.run(owner, key, fingerprint, answer, dateCreated, expires ?? null)
  }

  removeExpired(before: number, limit: number): void {
    this.#removeExpired.run(before, limit)
  }

  forget(): void {
    this.#owners.clear()
  }
}

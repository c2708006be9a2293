import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { KeptAnswer, RoleRecord, ServiceRecord } from '@conversa/core'

/** Services and their roles: few, and asked for at every command, so all that was read stays in memory. */
export class ServiceTable {
  readonly #services = new Map<string, ServiceRecord>()
  readonly #roles = new Map<string, ReadonlyMap<string, RoleRecord>>()
  readonly #bySid: StatementSync
  readonly #rolesOf: StatementSync
  readonly #saveService: StatementSync
  readonly #saveRole: StatementSync

  constructor(database: DatabaseSync) {
    this.#bySid = database.prepare('SELECT * FROM services WHERE sid = ?')
    this.#rolesOf = database.prepare('SELECT * FROM roles WHERE service_sid = ?')
    this.#saveService = database.prepare('INSERT OR REPLACE INTO services VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#saveRole = database.prepare('INSERT OR REPLACE INTO roles VALUES (?, ?, ?, ?, ?, ?, ?)')
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

/** Answers to commands with a key, for whoever repeats them. */
export class AnswerTable {
  readonly #find: StatementSync
  readonly #keep: StatementSync

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT fingerprint, answer, date_created FROM answers WHERE owner = ? AND key = ?')
    this.#keep = database.prepare('INSERT INTO answers (owner, key, fingerprint, answer, date_created) VALUES (?, ?, ?, ?, ?)')
  }

  find(owner: string, key: string): KeptAnswer | undefined {
    const row = this.#find.get(owner, key)
    return row && { fingerprint: String(row.fingerprint), answer: String(row.answer), dateCreated: Number(row.date_created) }
  }

  keep(owner: string, key: string, { fingerprint, answer, dateCreated }: KeptAnswer): void {
    this.#keep.run(owner, key, fingerprint, answer, dateCreated)
  }
}

function toService(row: Record<string, unknown>): ServiceRecord {
  return {
    sid: row.sid as string,
    accountSid: row.account_sid as string,
    friendlyName: row.friendly_name as string,
    defaultServiceRoleSid: row.default_service_role_sid as string,
    defaultConversationRoleSid: row.default_conversation_role_sid as string,
    defaultCreatorRoleSid: row.default_creator_role_sid as string,
    reachabilityEnabled: row.reachability_enabled === 1,
    dateCreated: row.date_created as number,
    dateUpdated: row.date_updated as number,
  }
}

function toRole(row: Record<string, unknown>): RoleRecord {
  return {
    sid: row.sid as string,
    serviceSid: row.service_sid as string,
    type: row.type as RoleRecord['type'],
    friendlyName: row.friendly_name as string,
    permissions: JSON.parse(row.permissions as string),
    dateCreated: row.date_created as number,
    dateUpdated: row.date_updated as number,
  }
}

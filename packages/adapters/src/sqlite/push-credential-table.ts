import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { PushCredentialRecord } from '@conversa/core'

/** What accounts push with. */
export class PushCredentialTable {
  readonly #find: StatementSync
  readonly #page: StatementSync
  readonly #save: StatementSync
  readonly #remove: StatementSync

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT * FROM push_credentials WHERE account_sid = ? AND sid = ?')
    this.#page = database.prepare('SELECT * FROM push_credentials WHERE account_sid = ? AND sid > ? ORDER BY sid LIMIT ?')
    this.#save = database.prepare('INSERT OR REPLACE INTO push_credentials VALUES (?, ?, ?, ?, ?, ?)')
    this.#remove = database.prepare('DELETE FROM push_credentials WHERE sid = ?')
  }

  find(accountSid: string, sid: string): PushCredentialRecord | undefined {
    const row = this.#find.get(accountSid, sid)
    return row && toRecord(row)
  }

  page(accountSid: string, after: string | undefined, limit: number): PushCredentialRecord[] {
    return this.#page.all(accountSid, after ?? '', limit).map(toRecord)
  }

  save({ sid, accountSid, friendlyName, secret, dateCreated, dateUpdated }: PushCredentialRecord): void {
    this.#save.run(accountSid, sid, friendlyName, JSON.stringify(secret), dateCreated, dateUpdated)
  }

  remove(sid: string): void {
    this.#remove.run(sid)
  }
}

function toRecord(row: Record<string, unknown>): PushCredentialRecord {
  return {
    sid: row.sid as string,
    accountSid: row.account_sid as string,
    friendlyName: row.friendly_name as string | null,
    secret: JSON.parse(row.secret as string),
    dateCreated: row.date_created as number,
    dateUpdated: row.date_updated as number,
  }
}

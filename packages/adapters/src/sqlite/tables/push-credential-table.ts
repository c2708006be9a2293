import type { StatementSync } from 'node:sqlite'
import type { PushCredentialRecord } from '@conversa/core'
import { toPushCredential } from '../../rows/push-credential-row.ts'
import type { Select, Statements } from '../statements.ts'

/** What accounts push with. */
export class PushCredentialTable {
  readonly #find: Select
  readonly #page: Select
  readonly #save: StatementSync
  readonly #remove: StatementSync

  constructor(database: Statements) {
    const select = (which: string) => database.select(`SELECT * FROM push_credentials WHERE ${which}`, { push_credentials: '' })
    this.#find = select('account_sid = ? AND sid = ?')
    this.#page = select('account_sid = ? AND sid > ? ORDER BY sid LIMIT +?')
    this.#save = database.prepare(
      `INSERT OR REPLACE INTO push_credentials (account_sid, sid, friendly_name, secret, date_created, date_updated)
       VALUES (?, ?, ?, ?, ?, ?)`,
    )
    this.#remove = database.prepare('DELETE FROM push_credentials WHERE sid = ?')
  }

  find(accountSid: string, sid: string): PushCredentialRecord | undefined {
    const row = this.#find.get(accountSid, sid)
    return row && toPushCredential(row)
  }

  page(accountSid: string, after: string | undefined, limit: number): PushCredentialRecord[] {
    return this.#page.all(accountSid, after ?? '', limit).map(toPushCredential)
  }

  save({ sid, accountSid, friendlyName, secret, dateCreated, dateUpdated }: PushCredentialRecord): void {
    this.#save.run(accountSid, sid, friendlyName, JSON.stringify(secret), dateCreated, dateUpdated)
  }

  remove(sid: string): void {
    this.#remove.run(sid)
  }
}

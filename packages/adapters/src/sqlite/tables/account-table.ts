import type { StatementSync } from 'node:sqlite'
import type { AccountRecord } from '@conversa/core'
import type { Select, Statements } from '../statements.ts'

/** Settings of accounts, of those that have set any. */
export class AccountTable {
  readonly #find: Select
  readonly #save: StatementSync

  constructor(database: Statements) {
    this.#find = database.select('SELECT * FROM accounts WHERE sid = ?', { accounts: '' })
    this.#save = database.prepare(
      'INSERT OR REPLACE INTO accounts (sid, default_service_sid, timer_inactive, timer_closed, default_messaging_service_sid) VALUES (?, ?, ?, ?, ?)',
    )
  }

  find(sid: string): AccountRecord | undefined {
    const row = this.#find.get(sid)
    if (!row) return undefined
    return {
      sid: row.sid as string,
      defaultServiceSid: row.default_service_sid as string | null,
      inactive: row.timer_inactive as number | null,
      closed: row.timer_closed as number | null,
      defaultMessagingServiceSid: row.default_messaging_service_sid as string | null,
    }
  }

  save({ sid, defaultServiceSid, inactive, closed, defaultMessagingServiceSid }: AccountRecord): void {
    this.#save.run(sid, defaultServiceSid, inactive, closed, defaultMessagingServiceSid)
  }
}

import type { StatementSync } from 'node:sqlite'
import type { ChannelPartRecord } from '@conversa/core'
import { toChannelPart } from '../../rows/channel-part-row.ts'
import type { Select, Statements } from '../statements.ts'

/** Parts of messages that are not whole yet. */
export class ChannelPartTable {
  readonly #of: Select
  readonly #save: StatementSync
  readonly #remove: StatementSync
  readonly #removeOld: StatementSync

  constructor(database: Statements) {
    this.#of = database.select(
      `SELECT * FROM channel_parts WHERE adapter = ? ORDER BY min(date_created) OVER (PARTITION BY message), message, number`,
      { channel_parts: '' },
    )
    this.#save = database.prepare(
      'INSERT OR REPLACE INTO channel_parts (adapter, message, number, content, date_created) VALUES (?, ?, ?, ?, ?)',
    )
    this.#remove = database.prepare('DELETE FROM channel_parts WHERE adapter = ? AND message = ?')
    this.#removeOld = database.prepare('DELETE FROM channel_parts WHERE date_created < ?')
  }

  of(adapter: string): ChannelPartRecord[] {
    return this.#of.all(adapter).map(toChannelPart)
  }

  save({ adapter, message, number, content, dateCreated }: ChannelPartRecord): void {
    this.#save.run(adapter, message, number, content, dateCreated)
  }

  remove(adapter: string, message: string): void {
    this.#remove.run(adapter, message)
  }

  removeOld(before: number): void {
    this.#removeOld.run(before)
  }
}

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { StorageFull, StoreDamaged } from '@conversa/core'
import { isDamage } from './damage/damage.ts'

/** SQLite's code for a disk without room. */
const SQLITE_FULL = 13

/** Begins and ends transactions of one database. */
export class SqliteTransaction {
  readonly #database: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#begin = database.prepare('BEGIN IMMEDIATE')
    this.#commit = database.prepare('COMMIT')
  }

  begin(): void {
    this.#begin.run()
  }

  commit(): void {
    this.#commit.run()
  }

  /** Does nothing when SQLite has undone the transaction itself. */
  rollback(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
  }
}

/** What to tell of a failure: what the core knows, if it does. */
export function explain(error: unknown): unknown {
  if ((error as { errcode?: number }).errcode === SQLITE_FULL) return new StorageFull(error)
  return isDamage(error) ? new StoreDamaged(`the database (${error.message})`, error) : error
}

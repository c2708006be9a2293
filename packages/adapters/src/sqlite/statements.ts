import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { StoreDamaged } from '@conversa/core'
import type { Row } from '../rows/row.ts'
import { CHECKSUM, type CheckedTable, checkedTables, nameOfRow } from './checked-tables.ts'
import { damagedIn, defineChecksum, isAwaited } from './checksums.ts'
import { checksumOf } from './row-checksum.ts'

/** What a statement reads from, and what the columns of each table begin with in what it gives: nothing, or `p_`. */
type Sources = Readonly<Record<string, string>>

/** Prepares the statements of a database. What `select` gives is checked: damaged rows are never taken for what was written. */
export class Statements {
  readonly #database: DatabaseSync
  readonly #tables: ReadonlyMap<string, CheckedTable>
  readonly #isTrusting: boolean

  /** @param isTrusting whether rows are not checked: for whoever has looked at all of them */
  constructor(database: DatabaseSync, { isTrusting = false } = {}) {
    defineChecksum(database)
    this.#database = database
    this.#tables = checkedTables(database)
    this.#isTrusting = isTrusting
  }

  prepare(sql: string): StatementSync {
    return this.#database.prepare(sql)
  }

  /**
   * A statement that reads whole rows.
   *
   * @param sql gives all columns of the sources, their checksums too
   */
  select(sql: string, sources: Sources): Select {
    const checks = this.#isTrusting ? [] : Object.entries(sources).map(([name, prefix]) => this.#check(name, prefix))
    return new Select(this.#database.prepare(sql), checks)
  }

  /** A condition of SQL that rows of a table meet that are not as they were written. */
  isDamaged(name: string): string {
    return damagedIn(this.#table(name))
  }

  #table(name: string): CheckedTable {
    const table = this.#tables.get(name)
    if (!table) throw new Error(`unable to check ${name}: it has no checksums`)
    return table
  }

  #check(name: string, prefix: string): (row: Row) => void {
    const table = this.#table(name)
    const columns = table.columns.map((column) => prefix + column)
    const checksum = prefix + CHECKSUM
    return (row) => {
      const values = columns.map((column) => row[column])
      if (row[checksum] === checksumOf(values)) return
      if (row[checksum] === null && isAwaited(this.#database, table)) return
      throw new StoreDamaged(nameOfRow(table, row, prefix))
    }
  }
}

/** A statement whose rows are checked. */
export class Select {
  readonly #statement: StatementSync
  readonly #checks: readonly ((row: Row) => void)[]

  constructor(statement: StatementSync, checks: readonly ((row: Row) => void)[]) {
    this.#statement = statement
    this.#checks = checks
  }

  /** The first row. @throws StoreDamaged when it is not as it was written */
  get(...values: SQLInputValue[]): Row | undefined {
    const row = this.#statement.get(...values)
    if (row) for (const check of this.#checks) check(row)
    return row
  }

  /** All rows. @throws StoreDamaged when one is not as it was written */
  all(...values: SQLInputValue[]): Row[] {
    const rows = this.#statement.all(...values)
    for (const row of rows) for (const check of this.#checks) check(row)
    return rows
  }
}

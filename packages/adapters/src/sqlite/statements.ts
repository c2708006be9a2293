import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import { StoreDamaged } from '@conversa/core'
import type { Row } from '../rows/row.ts'
import { CHECKSUM, type CheckedTable, type CheckedTables, checkedTables, nameOfRow } from './damage/checked-tables.ts'
import { damagedIn, defineChecksum, isAwaited } from './damage/checksums.ts'
import { checksumOf } from './damage/row-checksum.ts'

/** What a statement reads from, and what the columns of each table begin with in what it gives: nothing, or `p_`. */
type Sources = Readonly<Record<string, string>>

/**
 * Prepares the statements of a database. What `select` gives is checked: damaged rows are never taken for what was written.
 *
 * A limit is `LIMIT +?`: SQLite plans by the value of a bare one, and so compiles the statement anew whenever it is given (12 microseconds).
 */
export class Statements {
  readonly #database: DatabaseSync
  readonly #tables: CheckedTables
  readonly #isTrusting: boolean

  /**
   * @param options.isTrusting whether rows are not checked: for whoever has looked at all of them
   * @param options.tables the checked ones, when they were looked up already
   */
  constructor(
    database: DatabaseSync,
    { isTrusting = false, tables }: { readonly isTrusting?: boolean; readonly tables?: CheckedTables } = {},
  ) {
    defineChecksum(database)
    this.#database = database
    this.#tables = tables ?? checkedTables(database)
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

  #check(name: string, prefix: string): Check {
    const table = this.#table(name)
    return { table, prefix, isAwaited: () => isAwaited(this.#database, table) }
  }
}

/** What is held against the checksum of a table. */
interface Check {
  readonly table: CheckedTable
  readonly prefix: string
  /** Whether rows without a checksum may still be there. */
  readonly isAwaited: () => boolean
}

/** A row as the statement gives it: values in the order of its columns. */
type Values = readonly SQLOutputValue[]

/**
 * A statement whose rows are checked. It is asked for lists of values: objects of Node's SQLite are dictionaries, and to make them and look
 * everything up in them took two thirds of the time of a page of 30 messages (105 instead of 60 microseconds).
 */
export class Select {
  readonly #statement: StatementSync
  readonly #columns: readonly string[]
  readonly #checks: readonly ((values: Values) => void)[]

  constructor(statement: StatementSync, checks: readonly Check[]) {
    statement.setReturnArrays(true)
    this.#statement = statement
    this.#columns = statement.columns().map(({ name }) => name)
    this.#checks = checks.map((check) => this.#held(check))
  }

  /** The first row. @throws StoreDamaged when it is not as it was written */
  get(...values: SQLInputValue[]): Row | undefined {
    const found = this.#statement.get(...values) as Values | undefined
    return found && this.#checked(found)
  }

  /** All rows. @throws StoreDamaged when one is not as it was written */
  all(...values: SQLInputValue[]): Row[] {
    const rows = this.#statement.all(...values) as unknown as readonly Values[]
    return rows.map((found) => this.#checked(found))
  }

  #checked(values: Values): Row {
    for (const check of this.#checks) check(values)
    return this.#named(values)
  }

  #named(values: Values): Row {
    const row: Row = {}
    for (let at = 0; at < values.length; at++) row[this.#columns[at] as string] = values[at]
    return row
  }

  #held({ table, prefix, isAwaited }: Check): (values: Values) => void {
    const placeOf = (column: string) => this.#columns.indexOf(prefix + column)
    const [places, checksum] = [table.columns.map(placeOf), placeOf(CHECKSUM)]
    if (checksum < 0 || places.includes(-1)) throw new Error(`unable to check ${table.name}: columns are missing`)
    return (values) => {
      if (values[checksum] === checksumOf(places.map((place) => values[place]))) return
      if (values[checksum] === null && isAwaited()) return
      throw new StoreDamaged(nameOfRow(table, this.#named(values), prefix))
    }
  }
}

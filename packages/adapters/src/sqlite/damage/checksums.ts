import type { DatabaseSync } from 'node:sqlite'
import { CHECKSUM, type CheckedTable, type CheckedTables, checkedTables, nameOfRow } from './checked-tables.ts'
import { checksumOf } from './row-checksum.ts'

/*
 * SQLite keeps no checksums of its pages, so each row has one of its values. Triggers of the connection compute it, whatever the statement;
 * tables that a send writes to compute it themselves, since a trigger writes the row twice. The file knows nothing of triggers or functions,
 * so that every program can open it.
 */

/** The function of SQL that computes it. */
const FUNCTION = 'row_checksum'

/** The table that names those whose older rows have no checksums yet, and how far the filling is. */
const UNCHECKED = 'unchecked'

/**
 * Lets a connection keep the checksums of what it writes. A row that is damaged stays so when other columns of it are written.
 *
 * @param except tables of which the statements themselves give it
 * @returns the checked tables of the database
 */
export function keepChecksums(database: DatabaseSync, except: readonly string[] = []): CheckedTables {
  defineChecksum(database)
  const tables = checkedTables(database)
  const triggers = [...tables.values()].map((table) => {
    const { name } = table
    if (!except.includes(name)) return triggersOf(table)
    return `DROP TRIGGER IF EXISTS temp."${name} added"; DROP TRIGGER IF EXISTS temp."${name} changed";`
  })
  database.exec(triggers.join('\n'))
  return tables
}

/** Makes the checksum known to the SQL of a connection. */
export function defineChecksum(database: DatabaseSync): void {
  database.function(FUNCTION, { varargs: true, deterministic: true }, (...values) => checksumOf(values))
}

function triggersOf(table: CheckedTable): string {
  const { name, columns, key } = table
  const isIt = key.map((column) => `${column} = NEW.${column}`).join(' AND ')
  const set = `UPDATE ${name} SET ${CHECKSUM} = ${checksumIn(table, 'NEW.')} WHERE ${isIt}`
  return `
    CREATE TEMP TRIGGER IF NOT EXISTS "${name} added" AFTER INSERT ON ${name} WHEN NEW.${CHECKSUM} IS NULL BEGIN ${set}; END;
    CREATE TEMP TRIGGER IF NOT EXISTS "${name} changed" AFTER UPDATE OF ${columns.join(', ')} ON ${name} WHEN NEW.${CHECKSUM} IS OLD.${CHECKSUM}
      BEGIN ${set} AND (OLD.${CHECKSUM} IS NULL OR OLD.${CHECKSUM} = ${checksumIn(table, 'OLD.')}); END;`
}

/** The checksum that a row has to have, in SQL. */
function checksumIn({ columns }: CheckedTable, prefix = ''): string {
  return `${FUNCTION}(${columns.map((column) => prefix + column).join(', ')})`
}

/** Whether a row differs from its checksum, in SQL; not so when it has none. */
export const damagedIn = (table: CheckedTable): string => `${CHECKSUM} <> ${checksumIn(table)}`

/** Whether a row that has no checksum was written before there were any. */
export function isAwaited(database: DatabaseSync, { name }: CheckedTable): boolean {
  return database.prepare(`SELECT 1 FROM ${UNCHECKED} WHERE name = ?`).get(name) !== undefined
}

/**
 * Looks at every row of every table.
 *
 * @param database of which nobody writes meanwhile
 * @returns those that are not as they were written, named, as they are found
 */
export function* damagedRows(database: DatabaseSync): Generator<string> {
  defineChecksum(database)
  for (const table of checkedTables(database).values()) {
    // A row that lost its checksum is damaged, unless it never had one.
    const missing = isAwaited(database, table) ? '' : `${CHECKSUM} IS NULL OR `
    const sql = `SELECT * FROM ${table.name} NOT INDEXED WHERE ${missing}${damagedIn(table)}`
    const statement = database.prepare(sql)
    statement.setReadBigInts(true)
    try {
      for (const row of statement.iterate()) yield nameOfRow(table, row)
    } catch (error) {
      // Numbers that no program writes are none for a function either; damaged pages are found here first.
      yield `table ${table.name}: ${(error as Error).message}`
    }
  }
}

/** Rows that get their checksum in one step, so that a big table never holds up the others. */
const STEP = 500

interface Position {
  readonly name: string
  readonly after: string | null
}

/**
 * One step of giving checksums to rows that were written before there were any.
 *
 * @returns runs it, within a commit, and says how many rows it looked at; undefined when there was nothing to do
 */
export function fillStep(database: DatabaseSync): () => number | undefined {
  const next = database.prepare(`SELECT name, after FROM ${UNCHECKED} ORDER BY name LIMIT 1`)
  const done = database.prepare(`DELETE FROM ${UNCHECKED} WHERE name = ?`)
  const move = database.prepare(`UPDATE ${UNCHECKED} SET after = ? WHERE name = ?`)
  return () => {
    const position = next.get() as unknown as Position | undefined
    if (position === undefined) return undefined
    const table = checkedTables(database).get(position.name)
    const filled = table && fillAfter(database, table, position.after)
    if (filled === undefined) done.run(position.name)
    else move.run(filled.last, position.name)
    return filled?.rows ?? 0
  }
}

/** What a step came to: how many rows it looked at, and the key of the last of them. */
interface Filled {
  readonly rows: number
  readonly last: string
}

/** @returns undefined when there was no row */
function fillAfter(database: DatabaseSync, table: CheckedTable, after: string | null): Filled | undefined {
  const { name, key } = table
  const [columns, marks] = [key.join(', '), key.map(() => '?').join(', ')]
  const from: (string | number)[] = after === null ? [] : JSON.parse(after)
  const rest = after === null ? '' : `WHERE (${columns}) > (${marks})`
  const rows = database.prepare(`SELECT ${columns} FROM ${name} ${rest} ORDER BY ${columns} LIMIT ${STEP}`).all(...from)
  const last = rows.at(-1)
  if (last === undefined) return undefined
  const through = key.map((column) => last[column] as string | number)
  database
    .prepare(
      `UPDATE ${name} SET ${CHECKSUM} = ${checksumIn(table)}
       WHERE ${CHECKSUM} IS NULL AND (${columns}) <= (${marks}) ${after === null ? '' : `AND (${columns}) > (${marks})`}`,
    )
    .run(...through, ...from)
  return { rows: rows.length, last: JSON.stringify(through) }
}

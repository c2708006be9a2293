import type { DatabaseSync } from 'node:sqlite'
import type { Awaitable } from '@conversa/core'
import { type Connection, prepared } from '../postgres/connection.ts'
import { type CopiedTable, copiedTables, selectFromSqlite } from './tables.ts'

/** Rows that go in one statement. */
const ROWS = 500

/** How far a copy is. */
export interface Copied {
  /** Rows so far, and all that there are. */
  readonly rows: number
  readonly total: number
}

/** Rows by table. */
export type RowCounts = Readonly<Record<string, number>>

/** The database that is to be written to holds something already. */
export class TargetNotEmpty extends Error {
  constructor(tables: readonly string[]) {
    super(`the database on PostgreSQL is not empty: there is something in ${tables.join(', ')}`)
  }
}

/**
 * Copies all that an SQLite database holds into one on PostgreSQL, within the transaction of the connection: all of it comes about, or
 * nothing.
 *
 * @param options.replaces whether what is there goes; otherwise nothing may be there
 * @returns how many rows each table has there now
 * @throws TargetNotEmpty; when a count differs afterwards
 */
export async function copyToPostgres(
  database: DatabaseSync,
  connection: Connection,
  { replaces, watch }: { readonly replaces: boolean; readonly watch: (copied: Copied) => Awaitable<void> },
): Promise<RowCounts> {
  // Nobody opens the store meanwhile: whoever does looks into this table first.
  await connection.run('LOCK TABLE meta IN ACCESS EXCLUSIVE MODE')
  const tables = await copiedTables(database, connection)
  await makeRoom(tables, connection, replaces)
  const counts = Object.fromEntries(tables.map((table) => [table.name, countOf(database, table)]))
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0)
  let rows = 0
  for (const table of tables) {
    for await (const count of copyRows(table, database, connection)) {
      rows += count
      await watch({ rows, total })
    }
  }
  await connection.run(
    `INSERT INTO conversation_names (service_sid, unique_name, conversation_sid)
     SELECT service_sid, unique_name, sid FROM conversations WHERE unique_name IS NOT NULL`,
  )
  await copyNumbers(database, connection)
  await compare(counts, connection)
  return counts
}

async function makeRoom(tables: readonly CopiedTable[], connection: Connection, replaces: boolean): Promise<void> {
  const names = tables.map(({ name }) => name)
  const filled: string[] = []
  for (const name of names) {
    const [row] = await connection.run(`SELECT EXISTS (SELECT 1 FROM ${name}) AS filled`)
    if (row?.filled) filled.push(name)
  }
  if (filled.length > 0 && !replaces) throw new TargetNotEmpty(filled)
  await connection.run(`TRUNCATE ${[...names, 'conversation_names', 'sweeps', 'notices', 'leases'].join(', ')}`)
}

const countOf = (database: DatabaseSync, table: CopiedTable) =>
  Number(database.prepare(`SELECT count(*) AS count FROM (${selectFromSqlite(table)})`).get()?.count)

async function* copyRows(table: CopiedTable, database: DatabaseSync, connection: Connection): AsyncGenerator<number> {
  const { name, postgres } = table
  const columns = postgres.join(', ')
  const insert = prepared(
    `${name} copy`,
    `INSERT INTO ${name} (${columns}) SELECT ${columns} FROM json_populate_recordset(null::${name}, $1::json)`,
  )
  const write = async (batch: readonly object[]) => {
    await connection.rows(insert, [JSON.stringify(batch)])
    return batch.length
  }
  let batch: object[] = []
  for (const row of database.prepare(selectFromSqlite(table)).iterate()) {
    batch.push(row)
    if (batch.length < ROWS) continue
    yield await write(batch)
    batch = []
  }
  if (batch.length > 0) yield await write(batch)
}

/** Deliveries are known by their numbers: one that is gone is not given again. */
async function copyNumbers(database: DatabaseSync, connection: Connection): Promise<void> {
  const last = Number(database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").get()?.seq ?? 0)
  await connection.run(`SELECT setval(pg_get_serial_sequence('outbox', 'id'), ${Math.max(last, 1)}, ${last > 0})`)
}

async function compare(counts: RowCounts, connection: Connection): Promise<void> {
  for (const [name, count] of Object.entries(counts)) {
    const [row] = await connection.run(`SELECT count(*) AS count FROM ${name}`)
    if (row?.count !== count) throw new Error(`unable to copy: ${name} has ${count} rows, and ${row?.count} came over`)
  }
}

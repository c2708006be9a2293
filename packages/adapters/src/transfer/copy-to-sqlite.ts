import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import type { Connection } from '../postgres/connection.ts'
import { type CopiedTable, copiedTables, insertIntoSqlite, selectFromPostgres } from './tables.ts'

/** Rows that are read at once. */
const ROWS = 500

/**
 * Copies all that a database on PostgreSQL holds into an empty one of SQLite.
 *
 * @param connection within a snapshot: what is read is of one moment
 * @param database of the newest version
 */
export async function copyToSqlite(connection: Connection, database: DatabaseSync): Promise<void> {
  database.exec('BEGIN')
  for (const table of await copiedTables(database, connection)) await copyRows(table, connection, database)
  const [row] = await connection.run("SELECT value FROM meta WHERE name = 'epoch'")
  database.prepare("UPDATE meta SET value = ? WHERE name = 'epoch'").run(String(row?.value))
  await copyNumbers(connection, database)
  database.exec('COMMIT')
}

async function copyRows(table: CopiedTable, connection: Connection, database: DatabaseSync): Promise<void> {
  const insert = database.prepare(insertIntoSqlite(table))
  insert.setAllowUnknownNamedParameters(true)
  await connection.run(`DECLARE copied NO SCROLL CURSOR FOR ${selectFromPostgres(table)}`)
  for (;;) {
    const rows = await connection.run(`FETCH ${ROWS} FROM copied`)
    for (const row of rows) insert.run(valuesOf(row))
    if (rows.length < ROWS) break
    // Whoever serves meanwhile goes on.
    await setImmediate()
  }
  await connection.run('CLOSE copied')
}

function valuesOf(row: Record<string, unknown>): Record<string, SQLInputValue> {
  const values = Object.entries(row).map(([name, value]) => [name, typeof value === 'boolean' ? Number(value) : value])
  return Object.fromEntries(values) as Record<string, SQLInputValue>
}

/** Deliveries are known by their numbers: one that is gone is not given again. */
async function copyNumbers(connection: Connection, database: DatabaseSync): Promise<void> {
  const [row] = await connection.run("SELECT pg_sequence_last_value(pg_get_serial_sequence('outbox', 'id')::regclass) AS last")
  if (row?.last === null || row?.last === undefined) return
  database.prepare("DELETE FROM sqlite_sequence WHERE name = 'outbox'").run()
  database.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?)").run(Number(row.last))
}

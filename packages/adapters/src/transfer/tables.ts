import type { DatabaseSync } from 'node:sqlite'
import type { Connection } from '../postgres/connection.ts'

/*
 * Both kinds of SQL database have the same tables with the same columns, but that SQLite refers to conversations and users by small
 * keys, and has checksums. So what is copied between them derives from the tables themselves: a new column goes along without a word here.
 */

/** What each of them has for itself. */
const OWN = {
  sqlite: ['meta', 'sweeps', 'backup_parts', 'unchecked'],
  postgres: ['meta', 'sweeps', 'notices', 'leases', 'conversation_names'],
} as const

/** What others refer to comes first. */
const FIRST = ['conversations', 'users']

/** A table that both have. */
export interface CopiedTable {
  readonly name: string
  /** Its columns in each of them. */
  readonly sqlite: readonly string[]
  readonly postgres: readonly string[]
}

/**
 * The tables that are copied, in the order in which they can be written.
 *
 * @throws when the two do not fit together: they were made by different programs
 */
export async function copiedTables(database: DatabaseSync, connection: Connection): Promise<CopiedTable[]> {
  const [here, there] = [columnsInSqlite(database), await columnsInPostgres(connection)]
  const missing = [...[...here.keys()].filter((name) => !there.has(name)), ...[...there.keys()].filter((name) => !here.has(name))]
  if (missing.length > 0) throw new Error(`unable to copy: only one of the databases has ${missing.join(', ')}`)
  const tables = [...here].map(([name, sqlite]) => ({ name, sqlite, postgres: there.get(name) ?? [] }))
  const rank = ({ name }: CopiedTable) => (FIRST.includes(name) ? 0 : 1)
  return tables.sort((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1))
}

function columnsInSqlite(database: DatabaseSync): Map<string, string[]> {
  const rows = database
    .prepare(
      `SELECT t.name AS "table", c.name AS "column" FROM sqlite_schema t JOIN pragma_table_info(t.name) c
       WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND c.name <> 'checksum' ORDER BY t.name, c.cid`,
    )
    .all()
  return grouped(rows, OWN.sqlite)
}

async function columnsInPostgres(connection: Connection): Promise<Map<string, string[]>> {
  const rows = await connection.run(
    `SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns
     WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`,
  )
  return grouped(rows, OWN.postgres)
}

function grouped(rows: readonly Record<string, unknown>[], leftOut: readonly string[]): Map<string, string[]> {
  const tables = new Map<string, string[]>()
  for (const { table, column } of rows as { table: string; column: string }[]) {
    if (!leftOut.includes(table)) tables.set(table, [...(tables.get(table) ?? []), column])
  }
  return tables
}

/**
 * Reads a table of SQLite as the rows that PostgreSQL has. What belongs to a removed conversation and waits to be swept is left where it
 * is, but for files: their bytes are still to be removed.
 */
export function selectFromSqlite({ name, sqlite, postgres }: CopiedTable): string {
  const isInConversation = sqlite.includes('conversation_id')
  const isOfUser = !isInConversation && sqlite.includes('user_id')
  const owner = isInConversation ? 'c' : 'u'
  const columns = postgres.map((column) => {
    if (column === 'conversation_sid' && isInConversation) return 'c.sid AS conversation_sid'
    if (sqlite.includes(column)) return mapped(name, column, 't.conversation_id')
    return `${owner}.${column} AS ${column}`
  })
  const joins = [
    isInConversation ? `${name === 'media' ? 'LEFT ' : ''}JOIN conversations c ON c.id = t.conversation_id` : '',
    isOfUser ? 'JOIN users u ON u.id = t.user_id' : '',
  ]
  return `SELECT ${columns.join(', ')} FROM ${name} t ${joins.join(' ')}`
}

/** Reads a table of PostgreSQL, and leaves out the same. */
export function selectFromPostgres({ name, sqlite, postgres }: CopiedTable): string {
  const columns = postgres.map((column) => mapped(name, column, 't.conversation_sid'))
  const join = 'JOIN conversations c ON c.sid = t.conversation_sid'
  const isInConversation = sqlite.includes('conversation_id')
  return `SELECT ${columns.join(', ')} FROM ${name} t ${isInConversation ? `${name === 'media' ? 'LEFT ' : ''}${join}` : ''}`
}

/** A file whose conversation was removed belongs to nothing any more, as when it has been swept. */
function mapped(table: string, column: string, conversation: string): string {
  const orphan = `${conversation} IS NOT NULL AND c.sid IS NULL`
  if (table !== 'media') return `t.${column}`
  if (column === 'state') return `CASE WHEN ${orphan} THEN 'removed' ELSE t.state END AS state`
  if (['key', 'idx', 'conversation_sid'].includes(column))
    return `CASE WHEN ${orphan} THEN NULL ELSE t.${column} END AS ${column}`
  return `t.${column}`
}

/** Writes a row that PostgreSQL has into SQLite; its values are given by name. */
export function insertIntoSqlite({ name, sqlite, postgres }: CopiedTable): string {
  const columns = sqlite.filter((column) => column !== 'id' || postgres.includes('id'))
  const values = columns.map((column) => {
    if (postgres.includes(column)) return `:${column}`
    if (column === 'conversation_id') return '(SELECT id FROM conversations WHERE sid = :conversation_sid)'
    if (column === 'user_id') return '(SELECT id FROM users WHERE service_sid = :service_sid AND identity = :identity)'
    throw new Error(`unable to copy: ${name} has ${column} in SQLite alone`)
  })
  return `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${values.join(', ')})`
}

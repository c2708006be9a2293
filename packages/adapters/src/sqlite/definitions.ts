import type { DatabaseSync } from 'node:sqlite'
import { checksumOf } from './damage/row-checksum.ts'

/*
 * What tables and indexes are is a text in the file like any other: a letter of it that the disk changes gives a column another name, or an
 * index another condition. So the checksum of each definition is kept. What somebody adds on their own, an index for example, is theirs.
 */

const PREFIX = 'definition of '

/** Keeps the checksums of the definitions that are there now. */
export function keepDefinitions(database: DatabaseSync): void {
  database.prepare('DELETE FROM meta WHERE name LIKE ?').run(`${PREFIX}%`)
  const keep = database.prepare('INSERT INTO meta (name, value) VALUES (?, ?)')
  for (const [name, checksum] of definitions(database)) keep.run(PREFIX + name, checksum)
}

/** The names of tables and indexes that are not defined as they were. */
export function damagedDefinitions(database: DatabaseSync): string[] {
  const found = definitions(database)
  const kept = database.prepare('SELECT name, value FROM meta WHERE name LIKE ?').all(`${PREFIX}%`)
  const names = kept.map(({ name, value }) => ({ name: String(name).slice(PREFIX.length), value }))
  return names.filter(({ name, value }) => found.get(name) !== value).map(({ name }) => name)
}

function definitions(database: DatabaseSync): ReadonlyMap<string, string> {
  const rows = database
    .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .all()
  return new Map(rows.map(({ type, name, tbl_name, sql }) => [String(name), String(checksumOf([type, name, tbl_name, sql]))]))
}

import type { DatabaseSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'

/*
 * The files of messages within a backup, in parts, in a table that only backups have. Each part has a checksum of its own kind: that of rows
 * is for numbers and short texts.
 */

const TABLE = 'backup_parts'

/** The row of `meta` that says which format the backup has; it goes with the table when the backup is restored. */
const FORMAT_NAME = 'backup format'
/** Parts have checksums since the second one. */
const FORMAT = 2

/** Over the place of a part too, so that none can be taken for another one. */
const checksumOf = (sid: string, part: number, bytes: Uint8Array) => crc32(bytes, crc32(`${sid} ${part} `))

/** Adds the files to a backup. The checksums of rows are kept on this connection. @returns adds a part of one */
export function beginParts(database: DatabaseSync): (sid: string, part: number, bytes: Uint8Array) => void {
  database.exec(
    `CREATE TABLE ${TABLE} (sid TEXT NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, crc INTEGER NOT NULL,
       PRIMARY KEY (sid, part)) STRICT`,
  )
  database.prepare('INSERT INTO meta (name, value) VALUES (?, ?)').run(FORMAT_NAME, String(FORMAT))
  const add = database.prepare(`INSERT INTO ${TABLE} (sid, part, bytes, crc) VALUES (?, ?, ?, ?)`)
  return (sid, part, bytes) => void add.run(sid, part, bytes, checksumOf(sid, part, bytes))
}

/** Whether there are files in it. */
export function hasParts(database: DatabaseSync): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(TABLE) !== undefined
}

/** Whether its files have checksums; those of a backup that an older program made have none. */
export function havePartsChecksums(database: DatabaseSync): boolean {
  return formatOf(database) >= 2
}

/** The bytes of one file. */
export function partsOf(database: DatabaseSync): (sid: string) => AsyncIterable<Uint8Array> {
  const parts = database.prepare(`SELECT bytes FROM ${TABLE} WHERE sid = ? ORDER BY part`)
  return (sid) => bytesOf(parts.iterate(sid))
}

async function* bytesOf(rows: Iterable<Record<string, unknown>>): AsyncGenerator<Uint8Array> {
  for (const { bytes } of rows) yield bytes as Uint8Array
}

/** Looks at every part of every file. @returns what is wrong, in words; undefined when they are whole, or have no checksums */
export function faultInParts(database: DatabaseSync): string | undefined {
  const format = formatOf(database)
  if (format > FORMAT) return `a newer program made it: its format is ${format}, this program knows ${FORMAT}`
  if (format < 2 || !hasParts(database)) return undefined
  for (const { sid, part, bytes, crc } of database.prepare(`SELECT sid, part, bytes, crc FROM ${TABLE}`).iterate()) {
    if (checksumOf(String(sid), Number(part), bytes as Uint8Array) !== crc) return `part ${part} of the file ${sid} is damaged`
  }
  return undefined
}

/** Takes the files out of a backup, which is a database like any other then. */
export function removeParts(database: DatabaseSync): void {
  database.exec(`DROP TABLE ${TABLE}`)
  database.prepare('DELETE FROM meta WHERE name = ?').run(FORMAT_NAME)
}

function formatOf(database: DatabaseSync): number {
  return Number(database.prepare('SELECT value FROM meta WHERE name = ?').get(FORMAT_NAME)?.value ?? 1)
}

import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { damagedRows } from '../damage/checksums.ts'
import { damagedDefinitions } from '../definitions.ts'
import { faultInParts } from './backup-parts.ts'

/**
 * Looks at all of a backup: that it is one, at its pages, tables and indexes, at every row and every file.
 *
 * @param database the backup, of which nobody writes meanwhile
 * @returns what is wrong with it, in words; undefined when it is whole
 */
export function faultIn(database: DatabaseSync): string | undefined {
  try {
    const isOurs = database.prepare("SELECT 1 FROM meta WHERE name = 'epoch'").get() !== undefined
    const said = isOurs ? database.prepare('PRAGMA integrity_check(1)').get()?.integrity_check : 'it is no backup of a server'
    if (said !== 'ok') return String(said)
    const [defined] = damagedDefinitions(database)
    if (defined !== undefined) return `the definition of ${defined} is damaged`
    const [damaged] = damagedRows(database)
    return damaged === undefined ? faultInParts(database) : `${damaged} is damaged`
  } catch (error) {
    return (error as Error).message
  }
}

/**
 * Looks at a backup as `restoreBackup` does, before somebody needs it.
 *
 * @param path the file; nothing is written to it
 * @returns what is wrong with it, in words; undefined when it can be restored
 */
export function faultOfBackup(path: string): string | undefined {
  const url = pathToFileURL(path)
  // So that nothing is made beside it.
  url.search = 'immutable=1'
  using database = new DatabaseSync(url, { readOnly: true })
  return faultIn(database)
}

import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Blobs } from '@conversa/core'
import { isLocked } from '../locked.ts'
import { migrate } from '../migrations.ts'
import { hasParts, havePartsChecksums, partsOf, removeParts } from './backup-parts.ts'
import { faultIn } from './check-backup.ts'

export interface RestoreOptions {
  /** The backup. It is not changed. */
  readonly file: string
  /** The database to make. */
  readonly path: string
  /** Where its files go. */
  readonly blobs: Blobs
}

/** What was restored. */
export interface Restored {
  /** Files of messages; undefined when the backup is without them. */
  readonly files: number | undefined
  /** Whether the bytes of its files were held against checksums; those of a backup that an older program made have none. */
  readonly areFilesChecked: boolean
}

/**
 * Makes a database of a backup, in place of the one that is there. It begins a life of its own: its epoch is a new one, so that clients
 * forget what they know of a later time and ask for everything anew.
 *
 * @throws when the backup is damaged, of a newer program or none at all, or when a server uses the database; nothing is changed then
 */
export async function restoreBackup({ file, path, blobs }: RestoreOptions): Promise<Restored> {
  refuseWhileUsed(path)
  const beside = `${path}.restoring`
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 })
  try {
    const restored = await unpackBackup({ file, path: beside, blobs })
    await sync(beside)
    for (const suffix of ['-wal', '-shm']) await rm(path + suffix, { force: true })
    await rename(beside, path)
    await sync(join(path, '..'))
    return restored
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) await rm(beside + suffix, { force: true })
  }
}

/**
 * Makes a database of a backup where nothing is, in a life of its own; whoever calls removes what is left when it fails.
 *
 * @throws when the backup is damaged, of a newer program or none at all
 */
export async function unpackBackup({ file, path, blobs }: RestoreOptions): Promise<Restored> {
  await copyFile(file, path)
  return makeOurs(path, file, blobs)
}

/** Whoever uses it has it locked as long. */
function refuseWhileUsed(path: string): void {
  try {
    using database = new DatabaseSync(path, { readOnly: true })
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
  } catch (error) {
    if (isLocked(error)) throw new Error(`unable to restore: a server is using ${path}`, { cause: error })
    // What is not there or damaged is not in use.
  }
}

async function makeOurs(path: string, file: string, blobs: Blobs): Promise<Restored> {
  using database = new DatabaseSync(path)
  const fault = faultIn(database)
  if (fault !== undefined) throw new Error(`unable to restore ${file}: ${fault}`)
  // The copy goes when this fails.
  database.exec('PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL')
  const hasFiles = hasParts(database)
  const areFilesChecked = hasFiles && havePartsChecksums(database)
  const files = hasFiles ? await takeFiles(database, blobs) : undefined
  if (hasFiles) removeParts(database)
  migrate(database, randomUUID)
  database.prepare("UPDATE meta SET value = ? WHERE name = 'epoch'").run(randomUUID())
  if (hasFiles) database.exec('VACUUM')
  return { files, areFilesChecked }
}

async function takeFiles(database: DatabaseSync, blobs: Blobs): Promise<number> {
  const bytesOf = partsOf(database)
  const sids = database.prepare("SELECT sid FROM media WHERE state IN ('pending', 'sent') ORDER BY id").all()
  for (const sid of sids.map((row) => String(row.sid))) {
    // It may be there from before; files never change under their SID.
    await blobs.remove(sid)
    await blobs.write(sid, bytesOf(sid))
  }
  return sids.length
}

async function sync(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  await handle.sync()
}

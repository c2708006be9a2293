import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import type { Blobs } from '@conversa/core'
import { keepChecksums } from '../damage/checksums.ts'
import { beginParts } from './backup-parts.ts'

/*
 * A backup is one SQLite file: the database as it was at one moment, and in it the files of its messages.
 */

/** Pages that are copied between two looks at what else there is to do: 4 MB. */
const PAGES_AT_ONCE = 1024

/** A database that goes on being written to. */
export interface BackupSource {
  readonly database: DatabaseSync
  /** Runs something to its end while no transaction is under way. */
  readonly betweenTransactions: (run: () => Promise<void>) => Promise<void>
}

/**
 * Copies a database that goes on being written to. What is committed when it begins is in it; what is committed meanwhile is in it up
 * to one moment.
 *
 * @param folder where the copy is made; it is made when it is missing
 * @param blobs the files; the backup is without them unless it is given
 * @returns the copy as it is read; it goes when it was read or given up
 */
export function takeBackup(source: BackupSource, folder: string, blobs: Blobs | undefined): Promise<AsyncIterable<Uint8Array>> {
  return packBackup(folder, blobs, (path) => copyTo(path, source))
}

/** A first step that meets a transaction fails, as "not an error"; later ones are repeated by Node, which is told so by SQLite. */
async function copyTo(path: string, { database, betweenTransactions }: BackupSource): Promise<void> {
  let copied: Promise<unknown> = Promise.resolve()
  await betweenTransactions(
    () =>
      new Promise((begun) => {
        copied = backup(database, path, { rate: PAGES_AT_ONCE, progress: () => begun() })
        copied.then(() => begun(), begun)
      }),
  )
  await copied
}

/**
 * Makes a backup of a copy.
 *
 * @param write makes the copy, as a file of SQLite where nothing is
 * @returns the backup as it is read; it goes when it was read or given up
 */
export async function packBackup(
  folder: string,
  blobs: Blobs | undefined,
  write: (path: string) => Promise<unknown>,
): Promise<AsyncIterable<Uint8Array>> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `${randomUUID()}.db`)
  try {
    await write(path)
    if (blobs) await addFiles(path, blobs)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  return readAndRemove(path)
}

/** No generator: one that is given up before anybody read of it would end without a trace, and leave the copy. */
function readAndRemove(path: string): AsyncIterableIterator<Uint8Array> {
  const stream = createReadStream(path)
  const bytes: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]()
  const giveUp = async (): Promise<IteratorReturnResult<undefined>> => {
    stream.destroy()
    await rm(path, { force: true })
    return { done: true, value: undefined }
  }
  return {
    async next() {
      const read = await bytes.next().catch(async (error: unknown) => {
        await giveUp()
        throw error
      })
      return read.done ? giveUp() : read
    },
    return: giveUp,
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** A file that went since its record was copied belongs to nothing any more: its record says so then. */
async function addFiles(path: string, blobs: Blobs): Promise<void> {
  using copy = new DatabaseSync(path)
  // Whoever breaks off makes it anew: nothing of it need survive.
  copy.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF')
  keepChecksums(copy)
  const add = beginParts(copy)
  const remove = copy.prepare("UPDATE media SET state = 'removed', key = NULL WHERE sid = ?")
  const kept = copy.prepare("SELECT sid FROM media WHERE state IN ('pending', 'sent') ORDER BY id").all()
  for (const sid of kept.map((row) => String(row.sid))) {
    const content = await blobs.read(sid)
    if (!content) remove.run(sid)
    let part = 0
    for await (const bytes of content ?? []) add(sid, part++, bytes)
    await setImmediate()
  }
}

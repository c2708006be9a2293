import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Awaitable, Blobs } from '@conversa/core'
import { type Restored, unpackBackup } from '../sqlite/backup/restore.ts'
import type { Copied } from './copy-to-postgres.ts'
import { moveToPostgres, refuseUnlessEmpty } from './move-to-postgres.ts'

export interface RestoreToPostgresOptions {
  /** The backup, of whichever store. It is not changed. */
  readonly file: string
  /** The database, which no node uses meanwhile. */
  readonly url: string
  /** Where its files go. */
  readonly blobs: Blobs
  /** A folder with room for one more copy; it is of this alone. */
  readonly folder: string
  /** Whether what is there goes; otherwise nothing may be there. */
  readonly replaces: boolean
  /** Hears how far it is. */
  readonly watch?: (copied: Copied) => Awaitable<void>
}

/**
 * Fills a database on PostgreSQL from a backup: with all of it, or not at all. It begins a life of its own, as `restoreBackup` says.
 *
 * @throws TargetNotEmpty; when the backup is damaged, of a newer program or none at all, or when the database cannot be reached
 */
export async function restoreToPostgres(options: RestoreToPostgresOptions): Promise<Restored> {
  const { file, url, blobs, folder, replaces, watch } = options
  if (!replaces) await refuseUnlessEmpty(url)
  // What one left that was interrupted.
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `${randomUUID()}.restoring`)
  try {
    const restored = await unpackBackup({ file, path, blobs })
    await moveToPostgres({ path, url, replaces, ...(watch && { watch }) })
    return restored
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

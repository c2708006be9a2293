import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobInventory } from '@conversa/core'
import { isKey, pathOf } from './file-blobs.ts'

/** Walks over a folder of files, whatever is in it. @param folder that of `openFileBlobs` */
export function fileInventory(folder: string): BlobInventory {
  return {
    async *sids() {
      for (const part of await namesIn(folder)) {
        if (part !== 'incoming') yield* (await namesIn(join(folder, part))).filter(isKey)
      }
    },
    async size(sid) {
      try {
        return (await stat(pathOf(folder, sid))).size
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return []
    throw error
  }
}

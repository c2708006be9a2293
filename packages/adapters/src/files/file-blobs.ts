import { type FileHandle, mkdir, open, rename, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type Blobs, type ByteRange, type Content, StorageFull } from '@conversa/core'

/** What a key may be: nothing else ever becomes a part of a path (reliability B30). */
const KEY = /^[A-Z]{2}[0-9a-f]{32}$/

/** Letters of the key that name its folder. The last ones are random, so the 4,096 folders fill evenly. */
const FOLDER_LETTERS = 3

/** Bytes that a reader asks the disk for at once. */
const CHUNK = 64 * 1024

/**
 * Opens a folder of files, each under its SID. A file is written beside, synced and moved into place, so whoever finds it finds it
 * whole; `incoming` holds what is being written, and what a crash left of it until its record is collected.
 *
 * @param folder made when it is missing; readable by its owner alone
 * @throws when the folder cannot be made
 */
export async function openFileBlobs(folder: string): Promise<Blobs> {
  const incoming = join(folder, 'incoming')
  await mkdir(incoming, { recursive: true, mode: 0o700 })
  return new FileBlobs(folder, incoming)
}

class FileBlobs implements Blobs {
  readonly #folder: string
  readonly #incoming: string

  constructor(folder: string, incoming: string) {
    this.#folder = folder
    this.#incoming = incoming
  }

  async write(sid: string, content: Content): Promise<void> {
    const unfinished = join(this.#incoming, checked(sid))
    try {
      await writeSynced(unfinished, content)
      await this.#moveIntoPlace(unfinished, sid)
    } catch (error) {
      await rm(unfinished, { force: true })
      throw isFull(error) ? new StorageFull(error) : error
    }
  }

  async read(sid: string, range?: ByteRange): Promise<Content | undefined> {
    const handle = await openIfThere(this.#pathOf(sid))
    const part = range && { start: range.first, end: range.last }
    return handle?.createReadStream({ highWaterMark: CHUNK, ...part })
  }

  async remove(sid: string): Promise<void> {
    const path = this.#pathOf(sid)
    await rm(join(this.#incoming, sid), { force: true })
    // Its record goes next: were the removal lost with the power, nobody would know of the file any more.
    if (await removeIfThere(path)) await syncFolder(join(path, '..'))
  }

  /** A name is on disk when its folder was synced; so is the name of a new folder. */
  async #moveIntoPlace(unfinished: string, sid: string): Promise<void> {
    const path = this.#pathOf(sid)
    const folder = join(path, '..')
    if (await mkdir(folder, { recursive: true, mode: 0o700 })) await syncFolder(this.#folder)
    await rename(unfinished, path)
    await syncFolder(folder)
  }

  #pathOf(sid: string): string {
    return pathOf(this.#folder, sid)
  }
}

/** Whether something can be the name of a file here. */
export function isKey(name: string): boolean {
  return KEY.test(name)
}

/** Where a file is in the folder. @throws when the key is not a SID */
export function pathOf(folder: string, sid: string): string {
  return join(folder, checked(sid).slice(-FOLDER_LETTERS), sid)
}

function checked(sid: string): string {
  if (!KEY.test(sid)) throw new Error('unable to find a file: its key is not a SID')
  return sid
}

async function writeSynced(path: string, content: Content): Promise<void> {
  await using handle = await open(path, 'wx', 0o600)
  await handle.writeFile(content)
  await handle.sync()
}

async function syncFolder(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  await handle.sync()
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

async function removeIfThere(path: string): Promise<boolean> {
  try {
    await unlink(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** No room, no room for this user of the machine, or more than one file may take. */
function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error) ?? '')
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

import { spawnSync } from 'node:child_process'
import { copyFile, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ServerProcess } from '../end-to-end/server-process.ts'

const KILOBYTE = 1024

/** How a process gets a mount of its own: as root, or where that is allowed to everybody. */
const NAMESPACE = [['-m'], ['-m', '--map-root-user']].find(
  (options) => spawnSync('unshare', [...options, 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0,
)

/** Why there is no small disk; undefined when there can be one. */
export const withoutMounts = NAMESPACE ? undefined : 'neither root nor a user namespace may mount a tmpfs here'

/** A server whose data folder is a small disk, which it alone sees and which goes with it. */
export class FullDisk {
  readonly server: ServerProcess
  readonly #folder: string

  private constructor(server: ServerProcess, folder: string) {
    this.server = server
    // The disk as the server sees it.
    this.#folder = join(`/proc/${server.pid}/root`, folder)
  }

  /** @param size of the disk, as mount(8) takes it */
  static async begin(folder: string, size: string): Promise<FullDisk> {
    const script = `mount -t tmpfs -o size=${size} none "$0" && exec "$@"`
    const under = ['unshare', ...(NAMESPACE ?? []), 'sh', '-c', script, folder]
    return new FullDisk(await ServerProcess.start({ data: folder, under }), folder)
  }

  /** Takes all the room that is left. */
  async fill(): Promise<void> {
    const file = await open(this.#ballast, 'a')
    try {
      for (;;) await file.write(Buffer.alloc(4 * KILOBYTE))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    } finally {
      await file.close()
    }
  }

  /** Gives it back. */
  async free(): Promise<void> {
    await rm(this.#ballast)
  }

  /** Copies the database as it is now into a folder. */
  async copyTo(folder: string): Promise<void> {
    for (const name of ['conversa.db', 'conversa.db-wal']) await copyFile(join(this.#folder, name), join(folder, name))
  }

  get #ballast(): string {
    return join(this.#folder, 'ballast')
  }
}

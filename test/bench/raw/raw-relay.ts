import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dataFolder } from '../../end-to-end/data-folder.ts'
import { onCore } from '../load/cores.ts'

const PROGRAM = fileURLToPath(new URL('relay.ts', import.meta.url))

/**
 * The raw limit, in a process of its own with a new database; it ends with the scope that holds it.
 *
 * @param fill fills the database, by its path, before the relay starts
 */
export async function rawRelay(
  fill: (path: string) => void = () => {},
): Promise<AsyncDisposable & { readonly url: string; readonly pid: number }> {
  const folder = await dataFolder()
  const path = join(folder.path, 'raw.db')
  fill(path)
  const [file = '', ...args] = [...onCore(0), process.execPath, PROGRAM, path]
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const [said] = await once(child.stdout.setEncoding('utf8'), 'data')
  const url = /serves at (\S+)/.exec(String(said))?.[1] ?? ''
  return {
    url,
    pid: child.pid as number,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
      await folder[Symbol.asyncDispose]()
    },
  }
}

import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url))

/** How a run of the program ended, and what it said. */
export interface ProgramRun {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs `conversa` with arguments until it ends, in an environment that is otherwise empty.
 *
 * @param env variables besides PATH
 */
export function runProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ProgramRun> {
  const all = ['--conditions=conversa-source', '--disable-warning=ExperimentalWarning', PROGRAM, ...args]
  const compileCache = join(tmpdir(), 'conversa-compile-cache')
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: compileCache, ...env } }
    execFile(process.execPath, all, options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
    })
  })
}

import { type ChildProcess, spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { ACCOUNTS, API_KEY, SERVICE_SID } from '../end-to-end/in-process-server.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAM = join(ROOT, 'apps/cli/src/main.ts')
const ACCOUNT = ACCOUNTS[0]

/** The same account as the source has, so that what both show can be compared. */
export const TARGET_ENV = {
  CONVERSA_ACCOUNT_SID: ACCOUNT.sid,
  CONVERSA_AUTH_TOKEN: ACCOUNT.authToken,
  CONVERSA_API_KEY_SID: API_KEY.sid,
  CONVERSA_API_KEY_SECRET: API_KEY.secret,
  CONVERSA_SERVICE_SID: SERVICE_SID,
} as const

/** What an import reported. */
export interface Reported {
  readonly verified: boolean
  readonly counts: Readonly<Record<string, { readonly listed: number; readonly stored: number }>>
  readonly losses: readonly { readonly resource: string; readonly sid: string; readonly reason: string }[]
  readonly notes: readonly { readonly resource: string; readonly sid: string; readonly reason: string }[]
  readonly removed: number
}

export interface Imported {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
  readonly report: Reported | undefined
}

/** `conversa import` in a process of its own. */
export class ImportProcess {
  readonly ended: Promise<Imported>
  readonly #child: ChildProcess

  /** @param data the data folder of the target */
  constructor(from: string, data: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    const program = ['--conditions=conversa-source', PROGRAM, 'import', '--json', ...args]
    this.#child = spawn(process.execPath, program, {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH,
        CONVERSA_MODE: 'development',
        CONVERSA_DATA: data,
        NODE_COMPILE_CACHE: join(tmpdir(), 'conversa-compile-cache'),
        ...TARGET_ENV,
        CONVERSA_IMPORT_FROM: from,
        CONVERSA_IMPORT_ACCOUNT: ACCOUNT.sid,
        CONVERSA_IMPORT_TOKEN: ACCOUNT.authToken,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onTestFinished(() => void this.#child.kill('SIGKILL'))
    let [output, json] = ['', '']
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      json += text
    })
    this.ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('close', (code, signal) =>
        resolve({ code, signal, output, report: json === '' ? undefined : (JSON.parse(json) as Reported) }),
      )
    })
  }

  kill9(): void {
    this.#child.kill('SIGKILL')
  }
}

/** Runs an import to its end. */
export function runImport(...input: ConstructorParameters<typeof ImportProcess>): Promise<Imported> {
  return new ImportProcess(...input).ended
}

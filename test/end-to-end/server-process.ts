import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAM = fileURLToPath(new URL('../../apps/cli/src/main.ts', import.meta.url))

/** How a process ended: by itself with a code, or by a signal. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface ProcessOptions {
  /** The data folder. */
  readonly data: string
  /** Variables besides mode, data, port and log level; undefined unsets one. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** A program instead of ours; it says where it serves in the same words. */
  readonly program?: string
  /** What runs node, with its arguments: `strace` for example. */
  readonly under?: readonly string[]
}

/** The real server in a process of its own. */
export class ServerProcess {
  readonly url: string
  readonly pid: number
  /** Settles when the process has ended. */
  readonly ended: Promise<Ending>
  readonly #options: ProcessOptions
  readonly #started: Started

  private constructor(options: ProcessOptions, started: Started, url: string) {
    this.#options = options
    this.#started = started
    this.url = url
    this.pid = started.child.pid as number
    this.ended = started.ended
  }

  /**
   * Starts a server and waits until it serves.
   *
   * @param port 0 takes a free one
   * @throws when it ends before it serves, with all that it said
   */
  static async start(options: ProcessOptions, port = 0): Promise<ServerProcess> {
    const started = launch(options, port)
    const url = await started.serving
    if (url !== undefined) return new ServerProcess(options, started, url)
    const { code, signal } = await started.ended
    throw new Error(`the server ended with ${code ?? signal} before it served:\n${started.output()}`)
  }

  /** All that the process wrote to standard output and error so far. */
  get output(): string {
    return this.#started.output()
  }

  /** An access token for an identity, from the development page. */
  async token(identity: string): Promise<string> {
    const response = await fetch(`${this.url}/development/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ identity }),
    })
    if (!response.ok) throw new Error(`no token: ${response.status} ${await response.text()}`)
    return ((await response.json()) as { token: string }).token
  }

  /** Bytes of memory that the process holds in RAM. */
  residentBytes(): Promise<number> {
    return residentBytes(this.pid)
  }

  /** The value of a metric without labels. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text()
    return Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1])
  }

  /** Ends the process at once, as the kernel would, and waits until it is gone. */
  kill9(): Promise<Ending> {
    this.#started.child.kill('SIGKILL')
    return this.ended
  }

  /** Asks the process to end, and waits until it has. */
  stop(): Promise<Ending> {
    this.#started.child.kill('SIGTERM')
    return this.ended
  }

  /** A new process on the same data and port, after this one has ended. */
  async restart(): Promise<ServerProcess> {
    await this.ended
    return ServerProcess.start(this.#options, Number(new URL(this.url).port))
  }
}

/** Bytes of memory that a process holds in RAM. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
}

/** Runs the program until it ends by itself: for starts that are refused. */
export async function runToEnd(options: ProcessOptions): Promise<Ending & { readonly output: string }> {
  const started = launch(options, 0)
  const url = await started.serving
  if (url !== undefined) {
    started.child.kill('SIGKILL')
    throw new Error(`the server serves at ${url}, which it should not`)
  }
  return { ...(await started.ended), output: started.output() }
}

interface Started {
  readonly child: ChildProcess
  /** The URL; undefined when the process ended before it served. */
  readonly serving: Promise<string | undefined>
  readonly ended: Promise<Ending>
  output(): string
}

const running = new Set<Started>()

/** Ends every process that was started here and still runs; for the end of a test, however it ended. */
export async function endServerProcesses(): Promise<void> {
  for (const { child } of running) child.kill('SIGKILL')
  await Promise.all([...running].map(({ ended }) => ended))
}

function launch({ data, env, program = PROGRAM, under = [] }: ProcessOptions, port: number): Started {
  const command = [...under, process.execPath, '--conditions=conversa-source', program, 'serve']
  const [file = '', ...args] = command
  const child = spawn(file, args, {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      CONVERSA_MODE: 'development',
      CONVERSA_DATA: data,
      CONVERSA_LOG_LEVEL: 'warn',
      NODE_COMPILE_CACHE: join(tmpdir(), 'conversa-compile-cache'),
      PORT: String(port),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  const said = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
        const url = /^Conversa serves at (\S+)$/m.exec(output)?.[1]
        if (url !== undefined) resolve(url)
      })
    }
  })
  const serving = Promise.race([said, ended.then(() => undefined)])
  const started: Started = { child, ended, serving, output: () => output }
  running.add(started)
  void ended.finally(() => running.delete(started))
  return started
}

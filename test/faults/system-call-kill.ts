import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as after } from 'node:timers/promises'

const STRACE = '/usr/bin/strace'

/** The calls by which a server changes something outside of itself, or hears of something. */
const CALLS = 'read,write,writev,sendto,sendmsg,connect,pwrite64,ftruncate,fsync,fdatasync'

/** Why a running server cannot be traced; undefined when it can. */
export const withoutTracing = reasonToSkip()

function reasonToSkip(): string | undefined {
  if (!existsSync(STRACE)) return `there is no ${STRACE}`
  const sleeper = spawn('sleep', ['60'])
  // It ends by itself at once when it may not attach; else its time is up.
  const { stderr } = spawnSync('timeout', ['-s', 'INT', '1', STRACE, '-p', String(sleeper.pid)], { encoding: 'utf8' })
  sleeper.kill('SIGKILL')
  return stderr.includes('attached') ? undefined : `strace may not attach to a process: ${stderr.trim()}`
}

/** A system call that is the last one. */
export interface DeadlyCall {
  /** Its name. */
  readonly call: string
  /** Which one of this name, from 1. */
  readonly at: number
}

/** Kills a server at the entry of one of the system calls that its main thread makes from now on: the call has no effect any more. */
export class SystemCallKill {
  readonly #strace: ChildProcess
  readonly #ended: Promise<unknown>
  readonly #file: string

  private constructor(strace: ChildProcess, file: string) {
    this.#strace = strace
    this.#ended = new Promise((resolve) => strace.once('close', resolve))
    this.#file = file
  }

  /**
   * @param pid of the server
   * @param call which one kills it
   * @param file where the trace is written
   */
  static async arm(pid: number, { call, at }: DeadlyCall, file: string): Promise<SystemCallKill> {
    const inject = ['-e', `trace=${CALLS}`, '-e', `inject=${call}:signal=KILL:when=${at}`]
    // Without -f it sees one thread, the main one: it alone speaks to clients and to either store.
    const args = ['-p', String(pid), ...inject, '-qq', '-yy', '-s', '4096', '-o', file]
    const strace = spawn(STRACE, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    const kill = new SystemCallKill(strace, file)
    let said = ''
    strace.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const failed = kill.#ended.then(() => Promise.reject(new Error(`unable to trace the server: ${said}`)))
    await Promise.race([isTraced(pid), failed])
    failed.catch(() => {})
    return kill
  }

  /** All calls, a line each, when the server is dead: the last one is that which killed. */
  async allCalls(): Promise<string[]> {
    await this.#ended
    return this.callsSoFar()
  }

  /** The calls so far, a line each. */
  async callsSoFar(): Promise<string[]> {
    const lines = (await readFile(this.#file, 'utf8')).split('\n')
    return lines.filter((line) => /^\w+\(/.test(line))
  }

  /** Lets the server live. */
  async disarm(): Promise<void> {
    this.#strace.kill('SIGINT')
    await this.#ended
  }
}

async function isTraced(pid: number): Promise<void> {
  while (!/^TracerPid:\s+[1-9]/m.test(await readFile(`/proc/${pid}/status`, 'utf8'))) await after(5)
}

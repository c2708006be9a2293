import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { onCore } from './cores.ts'
import type { LoadOrder, LoadPlan, LoadReport, LoadResult, Storm } from './plan.ts'

const PROGRAM = fileURLToPath(new URL('generator.ts', import.meta.url))
/** Of the clock that Linux counts CPU time by. */
const TICKS_PER_SECOND = 100

/** What came of a load, and what it cost the server. */
export interface Loaded extends LoadResult {
  /** The share of one core that the servers needed together. */
  readonly serverCpu: number
}

/**
 * Puts a load on a server, from a process of its own.
 *
 * @param pids those of the servers
 * @param connected is waited for when all clients are connected, before anybody sends
 * @throws when the clients fail, or anything was lost, doubled, misordered or refused
 */
export function load(plan: LoadPlan, pids: readonly number[], connected?: () => Promise<void>): Promise<Loaded> {
  return withClients(plan, async (child, reports) => {
    await connected?.()
    order(child, { run: true })
    await reports.next('begun')
    const [cpu, began] = [await cpuSeconds(pids), performance.now()]
    await reports.next('ended')
    const [used, seconds] = [(await cpuSeconds(pids)) - cpu, (performance.now() - began) / 1000]
    const { result } = await reports.next('done')
    const { missing, doubled, misordered, refused } = result.faults
    if (missing + doubled + misordered + refused > 0)
      throw new Error(
        `the server is at fault: ${missing} missing, ${doubled} doubled, ${misordered} misordered, ${refused} refused`,
      )
    return { ...result, serverCpu: used / seconds }
  })
}

/**
 * Lets clients lose their connections all at once, some times, and come back.
 *
 * @param pid of the server
 * @param times how often
 * @returns each time, with the seconds of CPU time that it cost the server
 * @throws when the clients fail
 */
export function storms(plan: LoadPlan, pid: number, times: number): Promise<(Storm & { readonly serverCpu: number })[]> {
  return withClients(plan, async (child, reports) => {
    const all: (Storm & { readonly serverCpu: number })[] = []
    for (let time = 0; time < times; time++) {
      const before = await cpuSeconds([pid])
      order(child, { storm: true })
      const { storm } = await reports.next('back')
      all.push({ ...storm, serverCpu: (await cpuSeconds([pid])) - before })
    }
    return all
  })
}

/** Connects clients in a process of their own, which ends with the work on them. */
async function withClients<T>(plan: LoadPlan, work: (child: ChildProcess, reports: Reports) => Promise<T>): Promise<T> {
  const [file = '', ...args] = [...onCore(1), process.execPath, '--conditions=conversa-source', PROGRAM]
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const reports = new Reports(child)
  try {
    order(child, { connect: plan })
    await reports.next('connected')
    return await work(child, reports)
  } finally {
    child.kill('SIGKILL')
  }
}

const order = (child: ChildProcess, what: LoadOrder) => child.send(what)

/** Seconds of CPU time that processes have used. */
export async function cpuSeconds(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(pids.map(ofProcess))
  return each.reduce((sum, seconds) => sum + seconds, 0)
}

async function ofProcess(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** What the process of the clients tells, in its order. */
class Reports {
  readonly #waiting: LoadReport[] = []
  #wake: () => void = () => {}
  #ended = false

  constructor(child: ChildProcess) {
    child.on('message', (report) => {
      this.#waiting.push(report as LoadReport)
      this.#wake()
    })
    child.on('exit', () => {
      this.#ended = true
      this.#wake()
    })
  }

  async next<Stage extends LoadReport['stage']>(stage: Stage): Promise<Extract<LoadReport, { stage: Stage }>> {
    for (;;) {
      const report = this.#waiting.shift()
      if (report?.stage === stage) return report as Extract<LoadReport, { stage: Stage }>
      if (report?.stage === 'failed') throw new Error(`the clients failed: ${report.message}`)
      if (report) throw new Error(`unable to measure: expected ${stage}, heard ${report.stage}`)
      if (this.#ended) throw new Error('the clients ended too early')
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

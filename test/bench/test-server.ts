import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Workload } from './bench.ts'
import type { ServerStart } from './test-server-start.ts'

const PROGRAM = new URL('test-server-start.ts', import.meta.url)
/** Processes; the table has the medians. */
const RUNS = 7

async function startsOfOneProcess(): Promise<readonly ServerStart[]> {
  const child = fork(PROGRAM, { execArgv: ['--conditions=conversa-source'] })
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the process ended with ${code}`)))
  const [starts] = await Promise.race([once(child, 'message'), failed])
  await failed.catch(() => {})
  return starts as readonly ServerStart[]
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

function row(name: string, starts: readonly ServerStart[]): readonly string[] {
  const times = starts.map(({ milliseconds }) => milliseconds)
  const cpu = median(starts.map(({ cpuMilliseconds }) => cpuMilliseconds))
  return [name, ...[median(times), Math.min(...times), cpu].map((value) => value.toFixed(0))]
}

/** How soon a test has its server. */
export const testServer: Workload = {
  name: 'test-server',
  title: 'Start of a server for tests',
  about: [
    '`createTestServer()` once it is imported: the whole server on a store in memory, until it listens. The first one of a process, and those',
    `after it. Medians of ${RUNS} processes; what the process computed does not grow with the load of the machine.`,
  ],
  columns: ['start', 'ms', 'fewest ms', 'computed ms'],
  async *rows() {
    const processes: (readonly ServerStart[])[] = []
    for (let run = 0; run < RUNS; run++) processes.push(await startsOfOneProcess())
    yield row(
      'the first',
      processes.flatMap((starts) => starts.slice(0, 1)),
    )
    yield row(
      'further ones',
      processes.flatMap((starts) => starts.slice(1)),
    )
  },
}

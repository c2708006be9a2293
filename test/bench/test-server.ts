import { toldBy } from '../end-to-end/forked.ts'
import type { Workload } from './bench.ts'
import { median, shown } from './figures.ts'
import type { ServerStart } from './test-server-start.ts'

const PROGRAM = new URL('test-server-start.ts', import.meta.url)
/** Processes; the table has the medians. */
const RUNS = 7

function row(name: string, starts: readonly ServerStart[]): readonly string[] {
  const times = starts.map(({ milliseconds }) => milliseconds)
  const cpu = median(starts.map(({ cpuMilliseconds }) => cpuMilliseconds))
  return [name, ...[median(times), Math.min(...times), cpu].map((value) => shown(value))]
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
    for (let run = 0; run < RUNS; run++) processes.push(await toldBy<readonly ServerStart[]>(PROGRAM))
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

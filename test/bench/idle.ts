import { setTimeout as after } from 'node:timers/promises'
import { residentBytes } from '../end-to-end/server-process.ts'
import type { Workload } from './bench.ts'
import { shown } from './figures.ts'
import { cpuSeconds, load } from './load/load.ts'
import type { DialectName, LoadUser } from './load/plan.ts'
import { ourServer } from './our-server.ts'
import { rawRelay } from './raw/raw-relay.ts'

const CONNECTIONS = 10_000
/** Everybody in five. */
const ROOMS = { users: CONNECTIONS, rooms: CONNECTIONS / 2, members: 10 }
/** Milliseconds in which what signing in left over is cleared away. */
const SETTLING = 3000

/** Connects everybody. @returns the row of a server */
async function row(name: string, dialect: DialectName, url: string, pid: number, users: readonly LoadUser[]): Promise<string[]> {
  const [before, cpu, began] = [await residentBytes(pid), await cpuSeconds([pid]), performance.now()]
  const cells: string[] = []
  const plan = { dialect, urls: [url], users, senders: 0, pace: { underWay: 0 }, warmUp: 0, duration: 100 }
  await load(plan, [pid], async () => {
    const seconds = (performance.now() - began) / 1000
    const used = (await cpuSeconds([pid])) - cpu
    await after(SETTLING)
    const grown = (await residentBytes(pid)) - before
    cells.push(
      name,
      shown(users.length),
      shown(grown / users.length / 1024, 1),
      shown((used / users.length) * 1000, 2),
      shown(seconds, 1),
    )
  })
  return cells
}

/** What people cost who are connected and silent. */
export const idle: Workload = {
  name: 'idle',
  title: 'Idle connections',
  about: [
    'Everybody signed in and in five conversations of ten. Memory is what the server has grown by in RAM, as the garbage collector left it',
    `${SETTLING / 1000} s after the last one came. Time to connect is bound by the clients too, which share one core.`,
  ],
  columns: ['server', 'connections', 'kB each', 'CPU ms to sign one in', 'seconds for all'],
  async *rows() {
    await using server = await ourServer(ROOMS)
    const { users } = server
    {
      await using relay = await rawRelay()
      yield row('raw durable', 'raw', relay.url, relay.pid, users)
    }
    yield row('Conversa', 'conversa', server.socket, server.process.pid, users)
  },
}

import type { Workload } from './bench.ts'
import { median, shown, shownLatency } from './figures.ts'
import { storms } from './load/load.ts'
import type { DialectName, LoadUser } from './load/plan.ts'
import { ourServer } from './our-server.ts'
import { rawRelay } from './raw/raw-relay.ts'

const CONNECTIONS = 5000
/** Everybody in five. */
const ROOMS = { users: CONNECTIONS, rooms: CONNECTIONS / 2, members: 10 }
/** Storms on each server; the table has the medians. */
const STORMS = 5

/** Connects everybody, and lets the storms come. @returns the row of a server */
async function row(name: string, dialect: DialectName, url: string, pid: number, users: readonly LoadUser[]): Promise<string[]> {
  const plan = { dialect, urls: [url], users, senders: 0, pace: { underWay: 0 }, warmUp: 0, duration: 0 }
  const all = await storms(plan, pid, STORMS)
  const of = (figure: (storm: (typeof all)[number]) => number) => median(all.map(figure))
  const back = { p50: of((storm) => storm.back.p50), p99: of((storm) => storm.back.p99) }
  return [
    name,
    shown(users.length),
    shown(
      of(({ seconds }) => seconds),
      2,
    ),
    shownLatency(back, 0),
    shown((of(({ serverCpu }) => serverCpu) / users.length) * 1000, 2),
  ]
}

/** What it takes until everybody is back whom a network or a proxy has cut off. */
export const reconnect: Workload = {
  name: 'reconnect',
  title: 'Reconnect storm',
  about: [
    'Everybody loses their connection in the same moment and comes back at once, without the pause by which our SDK spreads such a return.',
    'Ours checks the token again, and each client resumes from the revision that it knows; raw is told the rooms. From the loss to the last',
    `one’s session, and until a client is back, p50 / p99 in milliseconds: medians of ${STORMS} storms. *CPU ms* is what the server takes for one of them.`,
  ],
  columns: ['server', 'connections', 'seconds until all are back', 'ms until one is back', 'CPU ms'],
  async *rows() {
    await using server = await ourServer(ROOMS)
    const { users } = server
    {
      await using relay = await rawRelay()
      yield await row('raw durable', 'raw', relay.url, relay.pid, users)
    }
    yield await row('Conversa', 'conversa', server.socket, server.process.pid, users)
  },
}

import type { Workload } from './bench.ts'
import { numberOf } from './chart.ts'
import { median, percent, shown, shownLatency } from './figures.ts'
import { type Loaded, load } from './load/load.ts'
import type { Pace } from './load/plan.ts'
import { ourServer } from './our-server.ts'
import { rawRelay } from './raw/raw-relay.ts'
import type { Rooms } from './seed.ts'

/** A load of messages, the same for both servers. */
interface Case {
  readonly name: string
  readonly rooms: Rooms
  readonly senders: number
  readonly pace: Pace
}

/** Runs of both servers, by turns. */
interface Runs {
  readonly ours: Loaded[]
  readonly raw: Loaded[]
}

export const SMALL: Rooms = { users: 200, rooms: 100, members: 10 }
const LARGE: Rooms = { users: 1000, rooms: 1, members: 1000 }
export const WARM_UP = 2000
export const DURATION = 5000
/** Runs of each case, alternating; the table has the medians. */
const RUNS = 3

const CASES: readonly Case[] = [
  { name: '100 rooms of 10, 1 under way', rooms: SMALL, senders: 200, pace: { underWay: 1 } },
  { name: '100 rooms of 10, 16 under way', rooms: SMALL, senders: 200, pace: { underWay: 16 } },
  { name: '1 sender, 999 others, 16 under way', rooms: LARGE, senders: 1, pace: { underWay: 16 } },
  { name: '100 rooms of 10, 300 sends/s', rooms: SMALL, senders: 200, pace: { perSecond: 300 } },
]

/** Runs ours, then the raw relay with the same people in the same rooms. */
async function runBoth({ rooms, senders, pace }: Case, { ours, raw }: Runs): Promise<void> {
  const plan = { senders, pace, warmUp: WARM_UP, duration: DURATION }
  await using server = await ourServer(rooms)
  const { socket: url, users, process } = server
  ours.push(await load({ ...plan, dialect: 'conversa', urls: [url], users }, [process.pid]))
  await using relay = await rawRelay()
  raw.push(await load({ ...plan, dialect: 'raw', urls: [relay.url], users }, [relay.pid]))
}

const COLUMNS = ['load', 'server', 'acknowledged/s', 'deliveries/s', 'to the acknowledgement', 'to the delivery', 'µs', 'clients']

function cellsOf(name: string, server: string, runs: readonly Loaded[]): string[] {
  const of = (figure: (run: Loaded) => number) => median(runs.map(figure))
  const latency = (kind: 'acknowledgement' | 'delivery') =>
    shownLatency({ p50: of((run) => run[kind].p50), p99: of((run) => run[kind].p99) }, 2)
  return [
    name,
    server,
    shown(of(({ acknowledged }) => acknowledged)),
    shown(of(({ deliveries }) => deliveries)),
    latency('acknowledgement'),
    latency('delivery'),
    shown(of(microseconds), 2),
    percent(of(({ clientCpu }) => clientCpu)),
  ]
}

/** Of the server's time, per delivery. */
const microseconds = ({ serverCpu, deliveries }: Loaded) => (serverCpu / deliveries) * 1e6

/** How many messages the server takes and hands out, beside the raw limit. */
export const sending: Workload = {
  name: 'sending',
  title: 'Sending and delivering',
  about: [
    '*Raw durable* is a relay on `ws` and SQLite (WAL, FULL, one commit per turn of the event loop, one write per socket and turn) without',
    'sign-in, rights, counters or checks (`test/bench/raw/relay.ts`). Ours is `conversa serve`. Each server has one core, all clients',
    `together the other one. ${WARM_UP / 1000} s of warm-up, ${DURATION / 1000} s that count, medians of ${RUNS} runs that take turns. Every send is acknowledged after it is on disk.`,
    'It is checked that each client heard each message once and in order, and none was missing: else there were no row. Deliveries are',
    'those to others; ours tells the sender too. Latency in milliseconds, p50 / p99. *µs* is CPU time of the server per delivery, which',
    'other work on the machine hardly changes. *Clients*: their share of a core; near 100 % they are the limit.',
  ],
  columns: COLUMNS,
  async *rows() {
    for (const one of CASES) {
      const runs: Runs = { ours: [], raw: [] }
      for (let run = 0; run < RUNS; run++) await runBoth(one, runs)
      yield cellsOf(one.name, 'raw durable', runs.raw)
      yield cellsOf('', 'Conversa', runs.ours)
      yield ['', 'of raw', ...sharesOf(runs)]
    }
  },
  chart: (rows) => ({
    title: 'Deliveries beside the raw limit',
    unit: 'per second',
    groups: CASES.map(({ name }, at) => ({
      label: name,
      bars: rows.slice(3 * at, 3 * at + 2).map(([, server = '', , deliveries]) => ({
        name: server,
        value: numberOf(deliveries),
        isOurs: server === 'Conversa',
      })),
    })),
  }),
}

function sharesOf({ ours, raw }: Runs): string[] {
  const share = (figure: (run: Loaded) => number) => median(ours.map(figure)) / median(raw.map(figure))
  const times = (figure: (run: Loaded) => number) => `${shown(share(figure), 1)} ×`
  return [
    percent(share(({ acknowledged }) => acknowledged)),
    percent(share(({ deliveries }) => deliveries)),
    `${times(({ acknowledgement }) => acknowledgement.p50)} / ${times(({ acknowledgement }) => acknowledgement.p99)}`,
    `${times(({ delivery }) => delivery.p50)} / ${times(({ delivery }) => delivery.p99)}`,
    times(microseconds),
    '',
  ]
}

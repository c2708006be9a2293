import { dataFolder } from '../end-to-end/data-folder.ts'
import { ServerProcess } from '../end-to-end/server-process.ts'
import type { Workload } from './bench.ts'
import { onCore } from './load/cores.ts'
import { type Loaded, load } from './load/load.ts'
import type { LoadPlan, Pace } from './load/plan.ts'
import { measured } from './measured.ts'
import { rawRelay } from './raw/raw-relay.ts'
import { identityOf, makeRooms, type Rooms, withCore } from './seed.ts'
import { TENANT, tokenOf } from './tenant.ts'

/** A load of messages, the same for both servers. */
interface Case {
  readonly name: string
  readonly rooms: Rooms
  readonly senders: number
  readonly pace: Pace
}

const SMALL: Rooms = { users: 200, rooms: 100, members: 10 }
const LARGE: Rooms = { users: 1000, rooms: 1, members: 1000 }
const WARM_UP = 2000
const DURATION = 5000
/** Runs of each case, alternating; the table has the medians. */
const RUNS = 3

const CASES: readonly Case[] = [
  { name: '100 rooms of 10, 1 under way', rooms: SMALL, senders: 200, pace: { underWay: 1 } },
  { name: '100 rooms of 10, 16 under way', rooms: SMALL, senders: 200, pace: { underWay: 16 } },
  { name: '1 sender, 999 others, 16 under way', rooms: LARGE, senders: 1, pace: { underWay: 16 } },
  { name: '100 rooms of 10, 300 sends/s', rooms: SMALL, senders: 200, pace: { perSecond: 300 } },
]

async function onRaw({ rooms, senders, pace }: Case, sids: readonly (readonly string[])[]): Promise<Loaded> {
  await using relay = await rawRelay()
  const users = Array.from({ length: rooms.users }, (_, at) => ({ token: identityOf(at), rooms: sids[at] ?? [] }))
  return await load({ dialect: 'raw', url: relay.url, users, senders, pace, warmUp: WARM_UP, duration: DURATION }, relay.pid)
}

async function onOurs({ rooms, senders, pace }: Case): Promise<Loaded & { readonly sids: readonly (readonly string[])[] }> {
  await using folder = await dataFolder()
  const sids = await withCore(folder.path, (core) => makeRooms(core, rooms))
  const server = await ServerProcess.start({ data: folder.path, env: measured(TENANT), under: onCore(0) })
  try {
    const tokens = await Promise.all(sids.map((_, at) => tokenOf(identityOf(at))))
    const users = sids.map((own, at) => ({ token: tokens[at] ?? '', rooms: own }))
    const url = `${server.url.replace('http', 'ws')}/v1/socket`
    const plan: LoadPlan = { dialect: 'conversa', url, users, senders, pace, warmUp: WARM_UP, duration: DURATION }
    return { ...(await load(plan, server.pid)), sids }
  } finally {
    await server.stop()
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

const whole = (value: number) => Math.round(value).toLocaleString('en')
const percent = (value: number) => `${Math.round(value * 100)} %`

function cellsOf(name: string, server: string, runs: readonly Loaded[]): string[] {
  const of = (figure: (run: Loaded) => number) => median(runs.map(figure))
  const latency = (kind: 'acknowledgement' | 'delivery') =>
    `${of((run) => run[kind].p50).toFixed(2)} / ${of((run) => run[kind].p99).toFixed(2)}`
  return [
    name,
    server,
    whole(of(({ acknowledged }) => acknowledged)),
    whole(of(({ deliveries }) => deliveries)),
    latency('acknowledgement'),
    latency('delivery'),
    percent(of(({ serverCpu }) => serverCpu)),
    percent(of(({ clientCpu }) => clientCpu)),
  ]
}

/** How many messages the server takes and hands out, beside the raw limit. */
export const sending: Workload = {
  name: 'sending',
  title: 'Sending and delivering',
  about: [
    '*Raw durable* is a relay on `ws` and SQLite (WAL, FULL, one commit per turn of the event loop, one write per socket and turn) without',
    'sign-in, rights, counters or checks (`test/bench/raw/relay.ts`). Ours is `conversa serve`. Each server has one core, all clients',
    `together the other one. ${WARM_UP / 1000} s of warm-up, ${DURATION / 1000} s that count, medians of ${RUNS} runs that take turns. Every send is acknowledged after it is on disk. In every`,
    'run it is checked that each client heard each message once and in order; none was missing, or there would be no row. Deliveries are those',
    'to others; ours tells the sender too. Latency in milliseconds, p50 / p99. Where the clients need about 100 %, they are the limit.',
  ],
  columns: ['load', 'server', 'acknowledged/s', 'deliveries/s', 'to the acknowledgement', 'to the delivery', 'server', 'clients'],
  async *rows() {
    for (const one of CASES) {
      const [ours, raw]: [Loaded[], Loaded[]] = [[], []]
      for (let run = 0; run < RUNS; run++) {
        const { sids, ...loaded } = await onOurs(one)
        ours.push(loaded)
        raw.push(await onRaw(one, sids))
      }
      yield cellsOf(one.name, 'raw durable', raw)
      yield cellsOf('', 'Conversa', ours)
      const share = (figure: (run: Loaded) => number) => percent(median(ours.map(figure)) / median(raw.map(figure)))
      yield ['', 'of raw', share(({ acknowledged }) => acknowledged), share(({ deliveries }) => deliveries), '', '', '', '']
    }
  },
}

import type { Workload } from './bench.ts'
import { numberOf } from './chart.ts'
import { shown } from './figures.ts'
import { load } from './load/load.ts'
import type { LoadUser } from './load/plan.ts'
import { ourServer } from './our-server.ts'
import { makeHistory, type Rooms } from './seed.ts'
import { DURATION, WARM_UP } from './sending.ts'

/** One thing that grows while everything else stays. */
interface Growth {
  readonly what: string
  readonly sizes: readonly number[]
  readonly rooms: (size: number) => Rooms
  /** Messages that are stored before, in a conversation of the first sender. */
  readonly stored?: (size: number) => number
}

/** Senders, and sends of each that are under way. */
const SENDERS = 100
const UNDER_WAY = 4

const GROWTHS: readonly Growth[] = [
  {
    what: 'participants of a conversation',
    sizes: [2, 10, 100, 1000],
    rooms: (members) => ({ users: Math.max(members, 1000), rooms: Math.max(members, 1000) / members, members }),
  },
  {
    what: 'conversations',
    sizes: [100, 1_000, 10_000],
    rooms: (rooms) => ({ users: 200, rooms, members: 10 }),
  },
  {
    what: 'stored messages',
    sizes: [1_000, 100_000, 1_000_000],
    rooms: () => ({ users: 200, rooms: 100, members: 10 }),
    stored: (size) => size,
  },
  {
    what: 'connections',
    sizes: [200, 2_000, 10_000],
    rooms: (users) => ({ users, rooms: users / 2, members: 10 }),
  },
]

async function measure({ rooms, stored }: Growth, size: number): Promise<string[]> {
  let full: string | undefined
  await using server = await ourServer(rooms(size), async (core) => {
    if (stored) full = await makeHistory(core, 0, stored(size))
  })
  const { socket: url, process } = server
  // Who sends into the conversation that is full sends there alone.
  const users = server.users.map((user, at): LoadUser => (at === 0 && full ? { ...user, rooms: [full] } : user))
  const pace = { underWay: UNDER_WAY }
  const plan = { dialect: 'conversa', urls: [url], users, senders: SENDERS, pace, warmUp: WARM_UP, duration: DURATION } as const
  const { acknowledged, deliveries, serverCpu } = await load(plan, [process.pid])
  return [
    shown(acknowledged),
    shown(deliveries),
    shown((serverCpu / acknowledged) * 1e6),
    shown((serverCpu / deliveries) * 1e6, 2),
  ]
}

/** What a send costs the more there is. */
export const growth: Workload = {
  name: 'growth',
  title: 'How cost grows',
  about: [
    `${SENDERS} senders with ${UNDER_WAY} sends under way each; 100 rooms of 10 with 200 users, all connected, except for what grows. *µs* is CPU time of the`,
    'server. A send is one row however many hear it; what grows with the participants is the deliveries, and each of them gets cheaper. Nothing',
    'grows with what is stored.',
  ],
  columns: ['what grows', 'size', 'acknowledged/s', 'deliveries/s', 'µs per send', 'µs per delivery'],
  async *rows() {
    for (const one of GROWTHS) {
      for (const [at, size] of one.sizes.entries()) yield [at === 0 ? one.what : '', shown(size), ...(await measure(one, size))]
    }
  },
  chart(rows) {
    let at = 0
    const bar = (size: number) => ({ name: shown(size), value: numberOf(rows[at++]?.[4]), isOurs: true })
    const groups = GROWTHS.map(({ what, sizes }) => ({ label: what, bars: sizes.map(bar) }))
    return { title: 'What a send costs the server', unit: 'µs', groups }
  },
}

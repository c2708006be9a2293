import { openPostgresStore } from '@conversa/adapters/postgres'
import { testSchema } from '@conversa/adapters/testing'
import pg from 'pg'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { ServerProcess } from '../end-to-end/server-process.ts'
import type { Workload } from './bench.ts'
import { type CoreAlone, coreAlone } from './core-alone.ts'
import { median, percent, shown, shownLatency } from './figures.ts'
import { onCore } from './load/cores.ts'
import { type Loaded, load } from './load/load.ts'
import type { LoadUser } from './load/plan.ts'
import { measured } from './measured.ts'
import { socketOf, usersOf } from './our-server.ts'
import { BODY, identityOf, makeRooms, onStore } from './seed.ts'
import { DURATION, SMALL, WARM_UP } from './sending.ts'
import { TENANT } from './tenant.ts'

type Schema = Pick<Awaited<ReturnType<typeof testSchema>>, 'url'>

const NATS = process.env.NATS_URL ?? 'nats://127.0.0.1:4222'
const RUNS = 3
/** Rows of one statement of the bare insert. */
const BATCH = 100
const ROWS = 100_000
const UNDER_WAY = 16
const FIRST_DATE = 1_700_000_000_000

/** How the values of a batch are given: each row has its own, or rows differ in their index alone. */
const BARE = {
  own: {
    text: 'INSERT INTO bare SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[])',
    values: (indices: readonly number[]) => [
      indices.map(() => 'a room'),
      indices,
      indices.map((index) => identityOf(index % SMALL.users)),
      indices.map(() => BODY),
      indices.map((index) => FIRST_DATE + index),
    ],
  },
  common: {
    text: `INSERT INTO bare SELECT $1, i, 'somebody', $2, 1 FROM unnest($3::bigint[]) i`,
    values: (indices: readonly number[]) => ['a room', BODY, indices],
  },
}

/** Rows per second of a bare insert, a batch to a statement and a statement to a commit, one after another. */
async function bareInsert({ url }: Schema, given: keyof typeof BARE): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(
      'CREATE TABLE bare (room text, index bigint, author text, body text, date bigint, PRIMARY KEY (room, index))',
    )
    const { text, values } = BARE[given]
    const began = performance.now()
    for (let at = 0; at < ROWS; at += BATCH) {
      const indices = Array.from({ length: BATCH }, (_, more) => at + more)
      await client.query({ name: 'insert', text, values: values(indices) })
    }
    const rate = ROWS / ((performance.now() - began) / 1000)
    await client.query('DROP TABLE bare')
    return rate
  } finally {
    await client.end()
  }
}

/** Starts nodes on one database and puts the load on all of them. */
async function onNodes(count: number, { url }: Schema, users: readonly LoadUser[]): Promise<Loaded> {
  await using folder = await dataFolder()
  const env = { ...measured(TENANT), CONVERSA_DATABASE_URL: url, ...(count > 1 && { CONVERSA_NATS_URL: NATS }) }
  const nodes: ServerProcess[] = []
  for (let node = 0; node < count; node++) {
    nodes.push(await ServerProcess.start({ data: folder.path, env, under: onCore(0) }))
  }
  try {
    const [urls, pids] = [nodes.map(socketOf), nodes.map(({ pid }) => pid)]
    const pace = { underWay: UNDER_WAY }
    const plan = { dialect: 'conversa', urls, users, senders: users.length, pace, warmUp: WARM_UP, duration: DURATION } as const
    return await load(plan, pids)
  } finally {
    for (const node of nodes) await node.stop()
  }
}

function cellsOf(name: string, runs: readonly Loaded[], bare: number): string[] {
  const of = (figure: (run: Loaded) => number) => median(runs.map(figure))
  const acknowledged = of((run) => run.acknowledged)
  return [
    name,
    shown(acknowledged),
    percent(acknowledged / bare),
    shown(of(({ deliveries }) => deliveries)),
    shownLatency({ p50: of((run) => run.acknowledgement.p50), p99: of((run) => run.acknowledgement.p99) }, 1),
    percent(of(({ serverCpu }) => serverCpu)),
    shown(of(({ serverCpu, acknowledged }) => (serverCpu / acknowledged) * 1e6)),
  ]
}

/** The store in PostgreSQL, with one node and with two. */
export const postgres: Workload = {
  name: 'postgres',
  title: 'PostgreSQL, one node and two',
  about: [
    `100 rooms of 10, ${UNDER_WAY} sends under way of each of the 200 users; medians of ${RUNS} runs. *Bare insert*: ${BATCH} rows to a statement and to a commit, one after`,
    'another, with the same durability; each row brings all of its values, as a message does. *Values in common*: the same, but rows differ in',
    'their index alone, and the rest is sent once per statement; it was 100 % in earlier tables. All nodes share one core, and the database',
    'takes what it needs of both: two nodes on this machine say what a second node costs, not what it brings. *Core alone*: the same sends',
    'by the core on the store, without sockets and deliveries. *µs* is CPU time of the nodes per send, which other work on the machine',
    'hardly changes.',
  ],
  columns: [
    'what',
    'rows or acknowledged/s',
    'of bare',
    'deliveries/s',
    'ms to the acknowledgement',
    'of a core, all nodes',
    'µs',
  ],
  async *rows() {
    const schema = await testSchema()
    try {
      const sids = await onStore(await openPostgresStore({ url: schema.url }), (core) => makeRooms(core, SMALL))
      const users = await usersOf(sids)
      const [bare, inCommon]: [number[], number[]] = [[], []]
      const [alone, one, two]: [CoreAlone[], Loaded[], Loaded[]] = [[], [], []]
      for (let run = 0; run < RUNS; run++) {
        bare.push(await bareInsert(schema, 'own'))
        inCommon.push(await bareInsert(schema, 'common'))
        alone.push(await onStore(await openPostgresStore({ url: schema.url }), (core) => coreAlone(core, sids, UNDER_WAY)))
        one.push(await onNodes(1, schema, users))
        two.push(await onNodes(2, schema, users))
      }
      const limit = median(bare)
      yield ['bare insert', shown(limit), '100 %', '', '', '', '']
      yield ['values in common', shown(median(inCommon)), percent(median(inCommon) / limit), '', '', '', '']
      const acknowledged = median(alone.map((run) => run.acknowledged))
      const cpu = shown(median(alone.map((run) => run.microseconds)))
      yield ['core alone', shown(acknowledged), percent(acknowledged / limit), '', '', '', cpu]
      yield cellsOf('one node', one, limit)
      yield cellsOf('two nodes and NATS', two, limit)
    } finally {
      await schema.drop()
    }
  },
}

import { dataFolder } from '../end-to-end/data-folder.ts'
import { toldBy } from '../end-to-end/forked.ts'
import { ServerProcess } from '../end-to-end/server-process.ts'
import { manyConversations } from '../scenarios/many-conversations.ts'
import type { Workload } from './bench.ts'
import { median, shown } from './figures.ts'
import { withCore } from './seed.ts'
import { TENANT } from './tenant.ts'

/** What a start took up to a moment. */
export interface StartStage {
  readonly milliseconds: number
  /** Received in frames. */
  readonly bytes: number
  /** That the heap of the process has grown by, after garbage was collected. */
  readonly heapBytes: number
}

/** One start of the SDK. */
export interface Start {
  /** When the first conversations can be used. */
  readonly first: StartStage
  /** When all have been told. */
  readonly whole: StartStage
}

const SIZES = [10, 1_000, 10_000]
/** Starts per size, each in a new process; the table has their medians. */
const RUNS = 5

const identityIn = (count: number) => `in ${count}`

async function seed(data: string): Promise<void> {
  const { CONVERSA_SERVICE_SID: serviceSid } = TENANT
  await withCore(data, async (core) => {
    for (const count of SIZES) {
      await manyConversations(core, { identity: identityIn(count), serviceSid, count, text: 'The newest message of it' })
    }
  })
}

/** Whose SDK starts, and the program that starts it. */
interface Sdk {
  readonly name: string
  readonly program: URL
  /** Conversations that its user is in. */
  readonly sizes: readonly number[]
}

const OURS: Sdk = { name: 'Conversa', program: new URL('start-up-client.ts', import.meta.url), sizes: SIZES }
const VENDORS: Sdk = {
  name: '@twilio/conversations 3.0.1',
  program: new URL('start-up-vendor.ts', import.meta.url),
  sizes: [10, 1_000],
}

async function start(server: ServerProcess, { program }: Sdk, count: number): Promise<Start> {
  const token = await server.token(identityIn(count))
  return toldBy<Start>(program, [server.url, token, String(count)], ['--expose-gc'])
}

/** The medians of some starts in the units of the table: three of the first stage, three of the whole. */
async function figures(server: ServerProcess, sdk: Sdk, count: number): Promise<number[]> {
  const starts: Start[] = []
  for (let run = 0; run < RUNS; run++) starts.push(await start(server, sdk, count))
  return (['first', 'whole'] as const).flatMap((stage) => [
    median(starts.map((each) => each[stage].milliseconds)),
    median(starts.map((each) => each[stage].bytes)) / 1000,
    median(starts.map((each) => each[stage].heapBytes)) / 1000,
  ])
}

const cellsOf = (values: readonly number[]) => values.map((value) => shown(value))

/** How long the SDK takes to be of use, by the number of conversations that its user is in, beside the vendor's. */
export const startUp: Workload = {
  name: 'start-up',
  title: 'Start of the SDK',
  about: [
    'A new process makes a `Client` on loopback, against `conversa serve` with an SQLite file in a process of its own. *Usable*: the first',
    'page of `getSubscribedConversations()` is there, and its first 20 conversations (all, when there are fewer) show name and newest',
    'message. *All told*: `conversationJoined` was told of every one. Bytes are those of the frames received; heap is what was added to it,',
    `after garbage was collected. Medians of ${RUNS} starts, after one that does not count. The vendor's SDK is the unmodified one from npm, on the`,
    'gateway of the same server; *×* is how many times more than ours it takes. Milliseconds grow with the load of the machine, bytes and',
    'heap do not.',
  ],
  columns: ['SDK', 'joined', 'usable: ms', 'kB', 'heap kB', 'all told: ms', 'kB', 'heap kB'],
  async *rows() {
    await using folder = await dataFolder()
    await seed(folder.path)
    const server = await ServerProcess.start({ data: folder.path, env: TENANT })
    // The first start has a server that has not served anybody.
    for (const sdk of [OURS, VENDORS]) await start(server, sdk, 10)
    for (const count of SIZES) {
      const joined = shown(count)
      const ours = await figures(server, OURS, count)
      yield [OURS.name, joined, ...cellsOf(ours)]
      if (!VENDORS.sizes.includes(count)) continue
      const theirs = await figures(server, VENDORS, count)
      yield [VENDORS.name, joined, ...cellsOf(theirs)]
      yield ['×', joined, ...theirs.map((value, at) => shown(value / (ours[at] ?? Number.NaN), 1))]
    }
    await server.stop()
  },
}

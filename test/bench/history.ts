import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createHistogram } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { builtProgram } from '../end-to-end/built-program.ts'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { type ProcessOptions, ServerProcess } from '../end-to-end/server-process.ts'
import type { Workload } from './bench.ts'
import { latencyOf, median, shown, shownLatency } from './figures.ts'
import { onCore } from './load/cores.ts'
import { FrameSocket } from './load/frame-socket.ts'
import { measured } from './measured.ts'
import { socketOf } from './our-server.ts'
import { rawRelay } from './raw/raw-relay.ts'
import { BODY, identityOf, makeHistory, withCore } from './seed.ts'
import { TENANT, tokenOf } from './tenant.ts'

const SIZES = [1_000, 100_000, 1_000_000]
const PAGE = 30
const REQUESTS = 2000
const STARTS = 7

/** A client that asks one thing after another. */
class Asking {
  #socket: FrameSocket | undefined
  #answered: (text: string) => void = () => {}

  static async open(url: string, hello: string): Promise<Asking> {
    const asking = new Asking()
    asking.#socket = await FrameSocket.open(new URL(url), { text: (text) => asking.#answered(text), closed: () => {} })
    await asking.ask(hello)
    return asking
  }

  ask(request: string): Promise<string> {
    return new Promise((resolve) => {
      this.#answered = resolve
      this.#socket?.send(request)
    })
  }

  end(): void {
    this.#socket?.end()
  }
}

/** Milliseconds of a page, p50 / p99, when both programs are compiled: as many go before that do not count. */
async function pages(asking: Asking, request: (at: number) => string): Promise<string> {
  const histogram = createHistogram()
  for (let at = -REQUESTS; at < REQUESTS; at++) {
    const began = performance.now()
    const answer = await asking.ask(request(at + REQUESTS))
    if (at >= 0) histogram.record(Math.round((performance.now() - began) * 1000))
    const found = answer.split('"index":').length - 1
    if (found < PAGE) throw new Error(`a page of ${found} messages: ${answer.slice(0, 200)}`)
  }
  return shownLatency(latencyOf(histogram), 2)
}

function fillRaw(path: string): void {
  using database = new DatabaseSync(path)
  database.exec(`CREATE TABLE messages (room TEXT, "index" INTEGER, author TEXT, body TEXT, date INTEGER, PRIMARY KEY (room, "index")) WITHOUT ROWID;
    BEGIN`)
  const insert = database.prepare('INSERT INTO messages VALUES (?, ?, ?, ?, ?)')
  for (const size of SIZES) for (let at = 0; at < size; at++) insert.run(`of ${size}`, at, 'system', BODY, at)
  database.exec('COMMIT')
}

/** Milliseconds until a server serves, until it does from source, and until a program says something that does nothing else. */
async function startsOf(options: ProcessOptions): Promise<string[]> {
  await using program = await builtProgram()
  const serve = async (more: Pick<ProcessOptions, 'program'>) => {
    const server = await ServerProcess.start({ ...options, ...more })
    return () => server.stop()
  }
  const kinds = [() => serve({ program: program.path }), () => serve({}), () => sayOneWord(options)]
  const times: number[][] = kinds.map(() => [])
  for (let start = -1; start < STARTS; start++) {
    for (const [at, begin] of kinds.entries()) {
      const began = performance.now()
      const end = await begin()
      if (start >= 0) times[at]?.push(performance.now() - began)
      await end()
    }
  }
  return times.map((all) => shown(median(all)))
}

/** Runs Node on one line. @returns waits for its end */
async function sayOneWord({ under = [] }: ProcessOptions): Promise<() => Promise<unknown>> {
  const [file = '', ...args] = [...under, process.execPath, '-e', "console.log('.')"]
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  await once(child.stdout, 'data')
  return () => ended
}

/** How long a page of a long conversation takes, and how long the server takes to be there. */
export const history: Workload = {
  name: 'history',
  title: 'History',
  about: [
    `Pages of ${PAGE} messages over a WebSocket, from request to answer, one after another: p50 / p99 of ${REQUESTS}, in milliseconds. Raw is the relay of`,
    'the first table, which reads the rows and writes them as JSON. The last columns are from the start of the process to its first word that it',
    `serves, with all these messages stored: of the program as it is published, from its source, and of a Node that does nothing but say a word;`,
    `median of ${STARTS} starts of each, in turns, after one that is not counted.`,
  ],
  columns: [
    'messages',
    'raw: newest',
    'raw: middle',
    'Conversa: newest',
    'Conversa: middle',
    'start, ms',
    'from source, ms',
    'Node alone, ms',
  ],
  async *rows() {
    await using folder = await dataFolder()
    const sids = await withCore(folder.path, async (core) => {
      const made: string[] = []
      for (const size of SIZES) made.push(await makeHistory(core, 0, size))
      return made
    })
    const options = { data: folder.path, env: measured(TENANT), under: onCore(0) }
    const starts = await startsOf(options)
    const server = await ServerProcess.start(options)
    await using relay = await rawRelay(fillRaw)
    const raw = await Asking.open(relay.url, JSON.stringify({ join: 'somebody', rooms: [] }))
    const hello = { id: 1, type: 'session.start', version: 1, token: await tokenOf(identityOf(0)) }
    const ours = await Asking.open(socketOf(server), JSON.stringify(hello))
    for (const [at, size] of SIZES.entries()) {
      const rawPage = (anchor: number) => (id: number) => JSON.stringify({ id, room: `of ${size}`, page: anchor })
      const ourPage = (anchor: number) => (id: number) =>
        JSON.stringify({ id, type: 'message.page', conversationSid: sids[at], anchor, limit: PAGE })
      yield [
        shown(size),
        await pages(raw, rawPage(size)),
        await pages(raw, rawPage(size / 2)),
        await pages(ours, ourPage(size - 1)),
        await pages(ours, ourPage(size / 2)),
        ...(size === SIZES.at(-1) ? starts : ['', '', '']),
      ]
    }
    raw.end()
    ours.end()
    await server.stop()
  },
}

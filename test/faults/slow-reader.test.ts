import { readFile } from 'node:fs/promises'
import { setTimeout as after } from 'node:timers/promises'
import type { Event } from '@conversa/protocol'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { DIALECTS } from '../bench/load/dialect.ts'
import { FrameSocket } from '../bench/load/frame-socket.ts'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { TcpFront } from '../end-to-end/tcp-front.ts'
import { keepAlive, PING } from './keep-alive.ts'
import { Reader } from './reader.ts'

/** Connections in one conversation; one of them is slow. */
const READERS = Number(process.env.READERS ?? 200)
/** Messages a second at most. */
const RATE = Number(process.env.RATE ?? 100)
/** Bytes a second of the slow one. */
const SLOW = 1024
/** Characters of a message: what one reader gets in a second does not depend on the size of the test. */
const BODY = 'x'.repeat(200_000 / RATE)
/** Messages without the slow one, for comparison. */
const COMPARED = 3 * RATE
/** Bytes that may wait for one reader in the server (G8). */
const MOST_WAITING = 1024 * 1024
/** By which a server may grow in RAM: garbage of a busy server is collected later, and what was delivered in all is several times as much. */
const MOST_GROWTH = 256 * 1024 * 1024
const TIME = { timeout: 240_000, interval: 50 }

afterAll(endServerProcesses)

/** Connections that read as fast as they can, and how long everything took to get to them. */
class FastReaders {
  /** The last index that each was told. */
  readonly #last: number[] = []
  readonly #sockets: FrameSocket[] = []
  /** Milliseconds from a send to each of its deliveries. */
  delays: number[] = []
  /** What was wrong. */
  readonly complaints: string[] = []
  readonly #begun: ReadonlyMap<number, number>

  readonly #pinging: NodeJS.Timeout

  /** @param begun when each message was sent, by its number */
  constructor(begun: ReadonlyMap<number, number>) {
    this.#begun = begun
    // Whoever only reads is taken for gone.
    this.#pinging = setInterval(() => {
      for (const socket of this.#sockets) socket.send('{"id":2,"type":"session.ping"}')
    }, PING)
  }

  /** Signs one in. */
  async add(url: string, token: string): Promise<void> {
    const at = this.#last.push(-1) - 1
    const started = Promise.withResolvers<void>()
    const socket = await FrameSocket.open(new URL(`${url}/v1/socket`), {
      text: (text) => {
        const heard = DIALECTS.conversa.read(text)
        if (heard?.kind === 'started') started.resolve()
        if (heard?.kind === 'delivered') this.#take(at, heard)
      },
      closed: () => this.complaints.push(`connection ${at} was closed`),
    })
    this.#sockets.push(socket)
    socket.send(DIALECTS.conversa.start({ token, rooms: [] }))
    await started.promise
  }

  get size(): number {
    return this.#sockets.length
  }

  /** Whether all of them were told of a message and all before it. */
  haveHeard(index: number): boolean {
    return this.#last.every((last) => last === index)
  }

  /** The time that 99 of 100 deliveries took at most since the last look, in milliseconds. */
  takeDelay(): number {
    const sorted = Float64Array.from(this.delays).sort()
    this.delays = []
    return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
  }

  end(): void {
    clearInterval(this.#pinging)
    for (const socket of this.#sockets) socket.end()
  }

  #take(at: number, { index, body }: { readonly index: number; readonly body: string }): void {
    const expected = (this.#last[at] ?? -1) + 1
    if (index !== expected) this.complaints.push(`connection ${at} was told ${index} in place of ${expected}`)
    this.#last[at] = index
    this.delays.push(performance.now() - (this.#begun.get(Number.parseInt(body, 10)) ?? Number.NaN))
  }
}

/** The most that the kernel keeps of one connection on this machine, at both of its ends. */
async function mostInKernel(): Promise<number> {
  const limits = ['wmem', 'rmem'].map(async (name) => {
    const [, , most] = (await readFile(`/proc/sys/net/ipv4/tcp_${name}`, 'utf8')).trim().split(/\s+/)
    return Number(most)
  })
  // Two connections: there is a front between the two.
  return 2 * (await Promise.all(limits)).reduce((sum, limit) => sum + limit)
}

test(`one of ${READERS} who reads 1 KiB/s is given up, and nobody else notices`, { timeout: 600_000 }, async () => {
  await using folder = await dataFolder()
  const server = await ServerProcess.start({ data: folder.path })
  await using front = await TcpFront.begin(server.url)
  const speaker = await RawClient.signIn(server.url, await server.token('speaker'))
  keepAlive(speaker)
  speaker.onEvent = () => {}
  const { conversation } = await speaker.ask({ type: 'conversation.create' })
  const conversationSid = conversation.sid
  for (const identity of ['speaker', 'fast', 'slow']) await speaker.ask({ type: 'participant.add', conversationSid, identity })
  const joined = await speaker.ask({ type: 'conversation.get', conversationSid })

  const begun = new Map<number, number>()
  let index = -1
  const say = async () => {
    const number = begun.size
    begun.set(number, performance.now())
    const paced = after(1000 / RATE)
    index = (await speaker.ask({ type: 'message.send', conversationSid, body: `${number} ${BODY}` })).index
    await paced
  }
  const readers = new FastReaders(begun)
  onTestFinished(() => readers.end())
  const token = await server.token('fast')
  while (readers.size < READERS - 1) await readers.add(server.url, token)
  for (let sent = 0; sent < COMPARED; sent++) await say()
  await expect.poll(() => readers.haveHeard(index), TIME).toBe(true)
  const alone = readers.takeDelay()
  const before = await server.residentBytes()

  const reader = new Reader(conversationSid, joined.conversation.revision, true)
  const slow = await RawClient.signIn(front.url, await server.token('slow'))
  keepAlive(slow)
  let heard = 0
  slow.onEvent = (event: Event) => {
    if (event.type === 'message.added') heard++
  }
  front.slow(SLOW)
  const from = begun.size
  const most = MOST_WAITING + (await mostInKernel())
  while ((await server.metric('conversa_event_queue_closed_total')) === 0) {
    expect((begun.size - from - heard) * BODY.length).toBeLessThan(most)
    for (let sent = 0; sent < RATE / 5; sent++) await say()
  }
  const grown = (await server.residentBytes()) - before
  await expect.poll(() => readers.haveHeard(index), TIME).toBe(true)
  const beside = readers.takeDelay()
  expect(readers.complaints).toEqual([])
  expect(await server.metric('conversa_event_queue_closed_total')).toBe(1)
  expect(grown).toBeLessThan(MOST_GROWTH)

  front.heal()
  await slow.closed
  const back = await RawClient.signIn(server.url, await server.token('slow'))
  await reader.connected(back)
  await say()
  await expect.poll(() => reader.told.at(-1), TIME).toBe(index)
  expect(reader.told).toEqual(Array.from({ length: index + 1 }, (_, at) => at))
  process.stdout.write(
    `  1 of ${READERS} that reads 1 KiB/s was given up after ${begun.size - from} messages, and came back and missed nothing; ` +
      `the others heard all of them, 99 % in ${beside.toFixed(0)} ms (${alone.toFixed(0)} ms without it), ` +
      `and the server grew by ${(grown / 1024 / 1024).toFixed(0)} MiB\n`,
  )
})

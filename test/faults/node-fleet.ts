import { expect } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { RawClient } from '../end-to-end/raw-client.ts'
import { ServerProcess } from '../end-to-end/server-process.ts'
import { judgeSends } from '../simulation/history.ts'
import { keepAlive } from './keep-alive.ts'
import { readAll } from './read-all.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** Where nodes keep what they share. */
export interface FleetOptions {
  readonly databaseUrl: string
  readonly natsUrl?: string | undefined
  /** How the first node gets to them, where that is another way. */
  readonly ofFirst?: Pick<FleetOptions, 'databaseUrl' | 'natsUrl'>
}

/** Two real servers on one database, two who write and one who reads on each, all in one conversation. */
export class Fleet implements AsyncDisposable {
  readonly nodes: [ServerProcess, ServerProcess]
  readonly #folder: Awaited<ReturnType<typeof dataFolder>>
  readonly #conversationSid: string
  readonly #writers: readonly Writer[]
  readonly #readers: readonly Reader[]
  /** How connections of readers ended. */
  readonly #closings: string[] = []

  private constructor(
    nodes: [ServerProcess, ServerProcess],
    folder: Awaited<ReturnType<typeof dataFolder>>,
    { sid, revision }: { readonly sid: string; readonly revision: number },
  ) {
    this.nodes = nodes
    this.#folder = folder
    this.#conversationSid = sid
    this.#writers = WRITERS.map((name) => new Writer(name, sid))
    this.#readers = READERS.map(() => new Reader(sid, revision))
  }

  static async start({ ofFirst, ...ofSecond }: FleetOptions): Promise<Fleet> {
    const folder = await dataFolder()
    const start = ({ databaseUrl, natsUrl }: FleetOptions) =>
      ServerProcess.start({ data: folder.path, env: { CONVERSA_DATABASE_URL: databaseUrl, CONVERSA_NATS_URL: natsUrl } })
    const first = await start(ofFirst ?? ofSecond)
    const second = await start(ofSecond)
    const owner = await signIn(first, 'owner')
    const { conversation } = await owner.ask({ type: 'conversation.create', friendlyName: 'on two nodes' })
    const conversationSid = conversation.sid
    for (const identity of ['owner', ...WRITERS, ...READERS])
      await owner.ask({ type: 'participant.add', conversationSid, identity })
    const joined = await owner.ask({ type: 'conversation.get', conversationSid })
    const fleet = new Fleet([first, second], folder, joined.conversation)
    for (const at of [0, 1]) await fleet.connect(at, fleet.nodes[at] as ServerProcess)
    return fleet
  }

  /** Connects those who belong to a node, to whichever one. */
  async connect(at: number, node: ServerProcess): Promise<void> {
    const client = await signIn(node, READERS[at] ?? '')
    keepAlive(client)
    void client.closed.then(({ code }) => this.#closings.push(`${READERS[at]} at ${node.url}: ${code}`))
    await this.#readers[at]?.connected(client)
    for (const writer of this.#writers.slice(2 * at, 2 * at + 2)) writer.connected(await signIn(node, writer.identity))
  }

  /** Ends the first node at once, while everybody writes, and lets its people go on at the second one. */
  async killFirst(): Promise<void> {
    const killed = this.nodes[0].kill9()
    await this.#held(async () => {
      await killed
      await this.connect(0, this.nodes[1])
    })
  }

  /** Starts the first node again, and brings its people back. */
  async restartFirst(): Promise<void> {
    this.nodes[0] = await this.nodes[0].restart()
    await this.#held(() => this.connect(0, this.nodes[0]))
  }

  async #held(work: () => Promise<void>): Promise<void> {
    for (const writer of this.#writers) writer.hold(true)
    await work()
    for (const writer of this.#writers) writer.hold(false)
  }

  /** How many sends were acknowledged so far. */
  get acknowledged(): number {
    return acknowledgedOf(this.#writers)
  }

  /** How many of them were so by the first node, while nobody moves. */
  get acknowledgedAtFirst(): number {
    return acknowledgedOf(this.#writers.slice(0, 2))
  }

  /** How often so far each of those who write was told to try again. */
  get putOff(): readonly number[] {
    return this.#writers.map(({ putOff }) => putOff)
  }

  /** Waits until so many more sends are acknowledged. */
  async goOn(count: number): Promise<void> {
    const until = this.acknowledged + count
    await expect.poll(() => this.acknowledged, { timeout: 120_000, interval: 20 }).toBeGreaterThanOrEqual(until)
  }

  /**
   * Waits until all is answered, and holds what everybody was told against what is stored.
   *
   * @param isInOrder whether the sends of an author are in their order: not when some were refused for a moment, and asked for again
   */
  async judge(isInOrder = true): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.finish()))
    const stored = await readAll(await signIn(this.nodes[1], READERS[1]), this.#conversationSid)
    const sends = this.#writers.flatMap((writer) => writer.sends)
    const wrong = judgeSends(sends, stored, false)
    expect(isInOrder ? wrong : wrong.filter((complaint) => !complaint.startsWith('I6'))).toEqual([])
    expect(sends.every(({ outcome }) => typeof outcome === 'object')).toBe(true)
    expect(stored).toHaveLength(sends.length)
    const indexes = stored.map(({ index }) => index)
    for (const reader of this.#readers) {
      expect(reader.holes, this.#said()).toEqual([])
      await expect.poll(() => reader.told.length, { timeout: 60_000, message: this.#said() }).toBe(indexes.length)
      expect(reader.holes, this.#said()).toEqual([])
      expect(reader.told).toEqual(indexes)
    }
  }

  /** What the nodes said, for who has to find out what went wrong. */
  #said(): string {
    return [...this.nodes.map(({ output }) => output), ...this.#closings].join('\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill9()))
    await this.#folder[Symbol.asyncDispose]()
  }
}

/** The first two belong to the first node. */
const WRITERS = ['w0', 'w1', 'w2', 'w3'] as const
const READERS = ['r0', 'r1'] as const

function acknowledgedOf(writers: readonly Writer[]): number {
  return writers.reduce((sum, { sends }) => sum + sends.filter(({ outcome }) => outcome).length, 0)
}

async function signIn(node: ServerProcess, identity: string): Promise<RawClient> {
  return RawClient.signIn(node.url, await node.token(identity))
}

import { hash } from 'node:crypto'
import { Core, Deadlines, type Store } from '@conversa/core'
import { DEFAULT_TIMES, Session, type SessionContext } from '@conversa/server'
import type { Acceptor, Link, ServerEnd } from './network.ts'
import type { SeededRandom } from './random.ts'
import type { Timeline } from './timeline.ts'

export const SERVICE_SID = `IS${'0'.repeat(32)}`
const ACCOUNT_SID = `AC${'0'.repeat(32)}`

/** What outlives a crash: opens a store on it, whose groups begin when `schedule` says so. */
export type Disk = (schedule: (run: () => void) => void) => Store

/** How a seeded bug gets into a world; the product's own code stays as it is. */
export interface Sabotage {
  readonly store?: (store: Store) => Store
  readonly core?: (core: Core) => Core
  /** Changes what a client has sent, before the server sees it. */
  readonly incoming?: (text: string) => string
  /** Changes what the server has sent; undefined loses it. */
  readonly outgoing?: (text: string) => string | undefined
}

/** One server: the real core and the real sessions on simulated time, disk and network. It can crash and start again. */
export class ServerNode implements Acceptor {
  readonly #timeline: Timeline
  readonly #random: SeededRandom
  readonly #disk: Disk
  readonly #sabotage: Sabotage
  readonly failures: unknown[] = []
  #life = 0
  #up: { core: Core; context: SessionContext; links: Set<Link> } | undefined

  constructor(timeline: Timeline, random: SeededRandom, disk: Disk, sabotage: Sabotage) {
    this.#timeline = timeline
    this.#random = random
    this.#disk = disk
    this.#sabotage = sabotage
  }

  get isUp(): boolean {
    return this.#up !== undefined
  }

  /** The core of the running server, for reading what is true. */
  get core(): Core {
    if (!this.#up) throw new Error('the server is down')
    return this.#up.core
  }

  async start(): Promise<void> {
    const life = ++this.#life
    const { store: sabotageStore = (one) => one, core: sabotageCore = (one) => one } = this.#sabotage
    const schedule = (run: () => void) => {
      this.#timeline.after(this.#random.below(4), () => {
        if (this.#life === life && this.#up) run()
      })
    }
    const store = sabotageStore(this.#disk(schedule))
    const core = sabotageCore(
      new Core({
        store,
        now: this.#timeline.now,
        after: this.#timeline.after,
        random: this.#random.bytes,
        digest: (text) => hash('md5', text),
      }),
    )
    this.#up = { core, context: this.#context(core), links: new Set() }
    await Promise.all([
      core.ensureService({ sid: SERVICE_SID, accountSid: ACCOUNT_SID, friendlyName: 'sim' }),
      this.#timeline.pass(10),
    ])
  }

  /** Ends at once: what was not committed is gone, and so are all connections. */
  crash(): void {
    const links = this.#up?.links ?? []
    this.#up = undefined
    for (const link of links) link.cut()
  }

  accept(link: Link): ServerEnd | undefined {
    const up = this.#up
    if (!up) return undefined
    up.links.add(link)
    const { incoming = (text) => text, outgoing = (text) => text } = this.#sabotage
    const session = new Session(up.context, {
      origin: 'http://node',
      send: (frame) => {
        const text = outgoing(typeof frame === 'string' ? frame : String(frame.payload))
        if (this.#up === up && text !== undefined) link.sendToClient(text)
      },
      close: (code, reason = '') => link.closeFromServer(code, reason),
      hold: () => {},
    })
    return {
      receive: (text) => {
        if (this.#up === up) session.receive(incoming(text))
      },
      end: () => {
        up.links.delete(link)
        session.end()
      },
    }
  }

  #context(core: Core): SessionContext {
    const clock = { now: this.#timeline.now, after: this.#timeline.after }
    return {
      core,
      clock,
      deadlines: new Deadlines(clock),
      transport: clock,
      times: DEFAULT_TIMES,
      verify: async (token) => ({
        accountSid: ACCOUNT_SID,
        keySid: `SK${'0'.repeat(32)}`,
        serviceSid: SERVICE_SID,
        identity: token,
        issuedAt: clock.now(),
        expiresAt: clock.now() + 24 * 3600 * 1000,
      }),
      observer: { started() {}, answered() {}, delivered() {}, failed: (error) => this.failures.push(error) },
    }
  }
}

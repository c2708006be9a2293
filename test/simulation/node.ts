import { hash } from 'node:crypto'
import { type Bus, Core, Deadlines, type HookPorts, type Store } from '@conversa/core'
import { coreRounds, DEFAULT_TIMES, Session, type SessionContext } from '@conversa/server'
import { Gate } from './gate.ts'
import type { Acceptor, Link, ServerEnd } from './network.ts'
import type { SeededRandom } from './random.ts'
import type { SharedDatabase } from './shared-database.ts'
import type { Timeline } from './timeline.ts'

export const SERVICE_SID = `IS${'0'.repeat(32)}`
const ACCOUNT_SID = `AC${'0'.repeat(32)}`

/** One life of a server process, from its start to its crash. */
export interface Host {
  readonly timeline: Timeline
  /** Names the server. */
  readonly node: string
  /** Names this life of it. */
  readonly name: string
  readonly process: Gate
  /** What lies between it and a database that is elsewhere. */
  readonly wire: Gate
  /** When a group of writes begins. */
  readonly schedule: (run: () => void) => void
}

/** What outlives a crash: opens a store on it. */
export type Disk = (host: Host) => Store | Promise<Store>

/** How a seeded bug gets into a world; the product's own code stays as it is. */
export interface Sabotage {
  readonly store?: (store: Store) => Store
  readonly core?: (core: Core) => Core
  readonly bus?: (bus: Bus) => Bus
  readonly database?: (database: SharedDatabase) => void
  /** Changes what a client has sent, before the server sees it. */
  readonly incoming?: (text: string) => string
  /** Changes what the server has sent; undefined loses it. */
  readonly outgoing?: (text: string) => string | undefined
}

/** What a node is put into. */
export interface NodeSetting {
  readonly timeline: Timeline
  readonly random: SeededRandom
  readonly disk: Disk
  readonly sabotage: Sabotage
  /** What its clock shows more than the time that it is, in milliseconds. */
  readonly skew?: number
  readonly bus?: ((host: Host) => Bus) | undefined
  readonly hooks?: ((host: Host) => HookPorts) | undefined
}

interface Up {
  readonly host: Host
  readonly core: Core
  readonly context: SessionContext
  readonly links: Set<Link>
}

/** One server: the real core and the real sessions on simulated time, disk and network. It can crash, freeze, and start again. */
export class ServerNode implements Acceptor {
  readonly name: string
  readonly #setting: NodeSetting
  readonly failures: unknown[] = []
  #lives = 0
  #up: Up | undefined
  #host: Host | undefined

  constructor(name: string, setting: NodeSetting) {
    this.name = name
    this.#setting = setting
  }

  /** Whether it serves; one that is frozen does, late. */
  get isUp(): boolean {
    return this.#up !== undefined
  }

  get isFrozen(): boolean {
    return this.#host?.process.isHeld === true
  }

  /** The core of the running server, for reading what is true. */
  get core(): Core {
    if (!this.#up) throw new Error('the server is down')
    return this.#up.core
  }

  /** Settles when it serves. @throws when its disk does not let it start */
  async start(): Promise<void> {
    const { random, disk, sabotage, bus, hooks } = this.#setting
    const { store: sabotageStore = (one) => one, core: sabotageCore = (one) => one, bus: sabotageBus = (one) => one } = sabotage
    const host = this.#born()
    const core = sabotageCore(
      new Core({
        store: sabotageStore(await disk(host)),
        now: this.#now,
        after: host.process.after,
        random: random.bytes,
        digest: (text) => hash('md5', text),
        bus: bus && sabotageBus(bus(host)),
        hooks: hooks?.(host),
      }),
    )
    await core.ensureService({ sid: SERVICE_SID, accountSid: ACCOUNT_SID, friendlyName: 'sim' })
    if (host.process.isClosed) return
    const clock = { now: this.#now, after: host.process.after }
    if (core.hasNodes) for (const round of coreRounds(core, clock, (error) => this.failures.push(error))) round.start()
    core.joinNodes()
    this.#up = { host, core, context: this.#context(core, clock), links: new Set() }
  }

  /** Ends at once: what was not committed is gone, and so are all connections. What was on its way to the database may still arrive. */
  crash(): void {
    const links = this.#up?.links ?? []
    this.#host?.process.close()
    if (this.#setting.random.chance(0.5)) this.#host?.wire.close()
    this.#up = undefined
    this.#host = undefined
    for (const link of links) link.cut()
  }

  /** Does nothing more until it is thawed, and knows nothing of it. */
  freeze(): void {
    this.#host?.process.hold()
  }

  thaw(): void {
    this.#host?.process.release()
  }

  /** Cuts it off from its database. */
  cutWire(): void {
    this.#host?.wire.hold()
  }

  mendWire(): void {
    this.#host?.wire.release()
  }

  accept(link: Link): ServerEnd | undefined {
    const up = this.#up
    if (!up) return undefined
    const { process } = up.host
    let session: Session | undefined
    process.enter(() => {
      up.links.add(link)
      session = this.#open(up, link)
    })
    const { incoming = (text) => text } = this.#setting.sabotage
    return {
      receive: (text) => process.enter(() => session?.receive(incoming(text))),
      end: () =>
        process.enter(() => {
          up.links.delete(link)
          session?.end()
        }),
    }
  }

  #open({ context }: Up, link: Link): Session {
    const { outgoing = (text) => text } = this.#setting.sabotage
    return new Session(context, {
      origin: 'http://node',
      send: (frame) => {
        const text = outgoing(typeof frame === 'string' ? frame : String(frame.payload))
        if (text !== undefined) link.sendToClient(text)
      },
      close: (code, reason = '') => link.closeFromServer(code, reason),
      hold: () => {},
    })
  }

  #born(): Host {
    const { timeline, random } = this.#setting
    const process = new Gate(timeline)
    const schedule = (run: () => void) => void timeline.after(random.below(4), () => process.enter(run))
    const name = `${this.name}.${++this.#lives}`
    this.#host = { timeline, node: this.name, name, process, wire: new Gate(timeline), schedule }
    return this.#host
  }

  readonly #now = () => this.#setting.timeline.now() + (this.#setting.skew ?? 0)

  #context(core: Core, clock: SessionContext['clock']): SessionContext {
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

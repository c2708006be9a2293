import { type DiskFaults, faultySqliteDisk, memoryDisk } from './disks.ts'
import { Faults } from './faults.ts'
import { HintBus } from './hint-bus.ts'
import type { Acceptor, Link, ServerEnd } from './network.ts'
import { type NodeSetting, ServerNode } from './node.ts'
import { NodeStore } from './node-store.ts'
import type { SeededRandom } from './random.ts'
import { SharedDatabase } from './shared-database.ts'
import type { Timeline } from './timeline.ts'
import type { Trace } from './trace.ts'
import { SimulatedWebhook } from './webhook.ts'
import type { WorldOptions } from './world.ts'

/** Clocks of nodes differ by at most as many milliseconds. */
export const LARGEST_SKEW = 400

/** All servers of a world, behind one address: whoever connects comes to any of them. */
export class Cluster implements Acceptor {
  readonly nodes: readonly ServerNode[]
  /** What nodes share; undefined where there is one, which has a disk of its own. */
  readonly database: SharedDatabase | undefined
  readonly webhook: SimulatedWebhook
  readonly bus: HintBus | undefined
  readonly #timeline: Timeline
  readonly #random: SeededRandom
  readonly #faults: Faults
  readonly #diskFaults: DiskFaults = { active: false }

  constructor({ seed, nodes = 1, store, sabotage = {} }: WorldOptions, timeline: Timeline, random: SeededRandom, trace: Trace) {
    this.#timeline = timeline
    this.#random = random
    this.#faults = new Faults(random)
    this.webhook = new SimulatedWebhook(this.#faults, trace)
    const place = { timeline, random, sabotage }
    if (nodes === 1) {
      const disk = store === 'memory' ? memoryDisk() : faultySqliteDisk(random, this.#diskFaults)
      this.nodes = [new ServerNode('node', { ...place, disk })]
      return
    }
    const database = new SharedDatabase(timeline)
    sabotage.database?.(database)
    this.database = database
    // In every third world nodes hear of each other by the database alone.
    const bus = seed % 3 === 0 ? undefined : new HintBus(this.#faults, trace)
    this.bus = bus
    const shared: NodeSetting = {
      ...place,
      disk: (host) => new NodeStore(database, host, this.#faults).start(),
      bus: bus && ((host) => bus.join(host)),
      hooks: (host) => this.webhook.portsOf(host),
    }
    this.nodes = Array.from({ length: nodes }, (_, at) => {
      const skew = random.below(2 * LARGEST_SKEW) - LARGEST_SKEW
      return new ServerNode(`node ${at + 1}`, { ...shared, skew })
    })
  }

  /** One that serves. */
  get core(): ServerNode['core'] {
    const up = this.nodes.find(({ isUp }) => isUp)
    if (!up) throw new Error('no server is up')
    return up.core
  }

  accept(link: Link): ServerEnd | undefined {
    return this.#random.pick(this.nodes).accept(link)
  }

  start(): void {
    for (const node of this.nodes) this.#start(node)
  }

  beginFaults(): void {
    this.#diskFaults.active = true
    this.#faults.active = true
  }

  /** Lets the transactions of several nodes overlap, and nodes hear of each other by the database alone. */
  slowDown(): void {
    this.#faults.isSlow = true
  }

  /** Ends all faults: what is frozen or cut goes on. */
  endFaults(): void {
    this.#diskFaults.active = false
    this.#faults.active = false
    this.#faults.isSlow = false
    this.bus?.cut.clear()
    for (const node of this.nodes) {
      node.thaw()
      node.mendWire()
    }
  }

  /** Does something bad to one of the servers. @returns what, in words */
  disturb(): string {
    const node = this.#random.pick(this.nodes)
    const dice = this.nodes.length === 1 ? 0 : this.#random.below(10)
    if (!node.isUp) return `${node.name} is down`
    if (dice < 3) return this.#crash(node)
    if (dice < 6) return this.#freeze(node)
    return dice < 8 ? this.#cutFromDatabase(node) : this.#cutFromBus(node)
  }

  #crash(node: ServerNode): string {
    node.crash()
    const away = this.#random.below(this.nodes.length === 1 || this.#random.chance(0.7) ? 3000 : 25_000)
    this.#timeline.after(away, () => this.#start(node))
    return `${node.name} crashes for ${away} ms`
  }

  /** Short pauses are such of a garbage collector; in long ones others take over what it has. */
  #freeze(node: ServerNode): string {
    const away = this.#random.chance(0.5) ? this.#random.below(2000) : 10_000 + this.#random.below(25_000)
    node.freeze()
    this.#timeline.after(away, () => node.thaw())
    return `${node.name} freezes for ${away} ms`
  }

  #cutFromDatabase(node: ServerNode): string {
    const away = this.#random.below(8000)
    node.cutWire()
    this.#timeline.after(away, () => node.mendWire())
    return `${node.name} is cut off from the database for ${away} ms`
  }

  #cutFromBus(node: ServerNode): string {
    const away = this.#random.below(25_000)
    this.bus?.cut.add(node.name)
    this.#timeline.after(away, () => this.bus?.cut.delete(node.name))
    return `${node.name} is cut off from the bus for ${away} ms`
  }

  /** A start that meets a failing disk is tried again, as whoever watches over a process would do. */
  #start(node: ServerNode): void {
    node.start().catch(() => {
      node.crash()
      this.#timeline.after(500, () => this.#start(node))
    })
  }
}

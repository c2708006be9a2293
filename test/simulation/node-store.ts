import type { Awaitable, Feed, Leases, Notice, Reads, Scope, Store, Tx } from '@conversa/core'
import type { Faults } from './faults.ts'
import type { Host } from './node.ts'
import type { Place } from './notice-rows.ts'
import type { SharedDatabase } from './shared-database.ts'

/** How one life of a node reaches the shared database: by a wire that takes time and can be cut. */
export class NodeStore implements Store {
  readonly epoch: string
  readonly feed: Feed
  readonly leases: Leases
  readonly #database: SharedDatabase
  readonly #host: Host
  readonly #faults: Faults
  /** When the last work under way on each scope will have ended. */
  readonly #tails = new Map<string, Promise<unknown>>()
  #place: Place | undefined

  constructor(database: SharedDatabase, host: Host, faults: Faults) {
    this.#database = database
    this.#host = host
    this.#faults = faults
    this.epoch = database.store.epoch
    this.feed = { poll: () => this.#poll() }
    this.leases = {
      hold: (name, milliseconds) => this.#ask(async () => database.leases.hold(name, host.name, milliseconds)),
      release: (name) => this.#ask(async () => database.leases.release(name, host.name)),
      sweep: (milliseconds) => this.#ask(async () => database.leases.sweep(milliseconds)),
    }
  }

  read<T>(work: (reads: Reads) => Awaitable<T>): Promise<T> {
    return this.#ask(() => this.#database.store.read(work))
  }

  /** Works of one scope run one after another in the order in which they came, those of others beside them. */
  transact<T>(scopes: readonly Scope[], work: (tx: Tx) => Awaitable<T>): Promise<T> {
    const names = scopes.length === 0 ? [''] : scopes.map((scope) => JSON.stringify(scope))
    const before = Promise.all(names.map((name) => this.#tails.get(name)))
    const result = before.then(() => this.#transaction(scopes, work))
    const done = result.catch(() => {})
    for (const name of names) this.#tails.set(name, done)
    return result
  }

  writable(): Promise<boolean> {
    return this.#ask(async () => true)
  }

  /** Begins to hear of other nodes: of what is committed from now on. */
  async start(): Promise<this> {
    await this.#poll()
    return this
  }

  async close(): Promise<void> {
    await Promise.all(this.#tails.values())
  }

  async #transaction<T>(scopes: readonly Scope[], work: (tx: Tx) => Awaitable<T>): Promise<T> {
    const transaction = await this.#ask(async () => this.#database.begin())
    return this.#ask(() => this.#database.commit(transaction, scopes, work, this.#host.name))
  }

  async #poll(): Promise<readonly Notice[] | undefined> {
    const since = this.#place
    const { place, notices } = await this.#ask(async () => {
      const now = this.#database.notices.place()
      return { place: now, notices: since ? this.#database.notices.between(since, now) : [] }
    })
    this.#place = place
    return notices
  }

  /** Does something in the database, and brings the answer. */
  #ask<T>(work: () => Promise<T>): Promise<T> {
    const { process, wire } = this.#host
    return new Promise<T>((resolve, reject) => {
      const answer = (settle: () => void) => this.#later(() => wire.enter(() => process.enter(settle)))
      this.#later(() =>
        wire.enter(() =>
          work().then(
            (value) => answer(() => resolve(value)),
            (error) => answer(() => reject(error)),
          ),
        ),
      )
    })
  }

  #later(run: () => void): void {
    this.#host.timeline.after(this.#faults.databaseDelay(), run)
  }
}

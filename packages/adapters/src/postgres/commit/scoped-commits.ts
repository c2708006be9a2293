import { setTimeout as after } from 'node:timers/promises'
import type { Awaitable, Foresight, Scope, Tx } from '@conversa/core'
import type { Schedule } from '../../group-commit.ts'
import type { Connections } from '../connection.ts'
import { type Expiring, Expiry } from '../expiry.ts'
import { busy, explain, isConflict, isOutage, PAUSE } from '../failures.ts'
import { FactCache } from './fact-cache.ts'
import { type Item, type Outcome, runGroup, scopeNames } from './group.ts'

/** How much is done at once. */
export interface CommitOptions {
  /** Transactions under way at once. */
  readonly writers: number
  /** Works that may wait; beyond, they are turned away. */
  readonly waiting: number
  /** Milliseconds after which a work that was not begun is given up. */
  readonly patience: number
  readonly schedule: Schedule
  readonly observe: (groupSize: number) => void
  /** Hears that a conversation was removed and left rows to sweep. */
  readonly removed: () => void
}

interface Waiting extends Item, Expiring {
  readonly names: readonly string[]
  readonly resolve: (value: unknown) => void
}

/** Works in one transaction at most: bounds how long it holds its locks. */
const LARGEST_GROUP = 1024
/** Groups that look up the keys of their sends after one of them met a send that was there already: such sends come together. */
const DOUBTS = 16
/** Times that a work runs again because others were in its way. */
const TRIES = 6

/**
 * Runs works in transactions: those that wait at the same time share one, and several are under way as long as no scope is in two of
 * them. So works of one scope run one after another in the order in which they came, on this node; other nodes are kept out by locks.
 */
export class ScopedCommits {
  readonly #connections: Connections
  readonly #options: CommitOptions
  #queue: Waiting[] = []
  readonly #held = new Set<string>()
  #running = 0
  #scheduled = false
  #idle: (() => void)[] = []
  readonly #expiry: Expiry
  readonly #cache = new FactCache()
  #doubts = 0

  constructor(connections: Connections, options: CommitOptions) {
    this.#connections = connections
    this.#options = options
    this.#expiry = new Expiry(options.patience, (isLate) => this.#expire(isLate))
  }

  /** Runs a work; settles after its commit. */
  transact<T>(scopes: readonly Scope[], work: (tx: Tx) => Awaitable<T>, foresight: Foresight | undefined): Promise<T> {
    if (this.#queue.length >= this.#options.waiting) return Promise.reject(busy())
    const result = new Promise<T>((resolve, reject) => {
      const settle = { resolve: resolve as (value: unknown) => void, reject }
      this.#queue.push({ scopes, work, foresight, names: scopeNames(scopes), since: performance.now(), ...settle })
    })
    this.#expiry.watch()
    if (!this.#scheduled) {
      this.#scheduled = true
      this.#options.schedule(() => {
        this.#scheduled = false
        this.#begin()
      })
    }
    return result
  }

  /** Settles when all that was asked for is done. */
  async settled(): Promise<void> {
    if (this.#running === 0 && this.#queue.length === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #expire(isLate: (item: Expiring) => boolean): Expiring | undefined {
    this.#turnAway(isLate)
    this.#begin()
    return this.#queue[0]
  }

  /** Gives up works whose turn has not come: nothing of them was begun. */
  #turnAway(isMeant: (item: Waiting) => boolean): void {
    const meant = this.#queue.filter(isMeant)
    this.#queue = this.#queue.filter((item) => !isMeant(item))
    for (const { reject } of meant) reject(busy())
  }

  #begin(): void {
    while (this.#running < this.#options.writers) {
      const group = this.#take()
      if (group.length === 0) break
      this.#running++
      void this.#run(group)
    }
    if (this.#running === 0 && this.#queue.length === 0) for (const settle of this.#idle.splice(0)) settle()
  }

  /** The works that can be begun now: none of their scopes is under way, nor in a work that waits before them. */
  #take(): Waiting[] {
    const group: Waiting[] = []
    const rest: Waiting[] = []
    const blocked = new Set<string>()
    for (const item of this.#queue) {
      const isFree = group.length < LARGEST_GROUP && item.names.every((name) => !this.#held.has(name) && !blocked.has(name))
      if (isFree) group.push(item)
      else for (const name of item.names) blocked.add(name)
      if (!isFree) rest.push(item)
    }
    this.#queue = rest
    for (const { names } of group) for (const name of names) this.#held.add(name)
    return group
  }

  async #run(group: readonly Waiting[]): Promise<void> {
    await this.#commit(group)
    for (const { names } of group) for (const name of names) this.#held.delete(name)
    this.#running--
    this.#begin()
  }

  async #commit(group: readonly Waiting[], tries = 1): Promise<void> {
    const looksKeysUp = tries > 1 || this.#doubts > 0
    if (this.#doubts > 0) this.#doubts--
    let isCommitting = false
    let done: Awaited<ReturnType<typeof runGroup>>
    try {
      done = await this.#connections.use((connection) => {
        const committing = () => {
          isCommitting = true
        }
        return runGroup(connection, group, { cache: this.#cache, looksKeysUp, committing })
      })
    } catch (error) {
      return this.#recover(group, { error, isCommitting, looksKeysUp, tries })
    }
    this.#options.observe(group.length)
    if (done.leavesRows) this.#options.removed()
    for (const [at, { resolve, reject }] of group.entries()) {
      const outcome = done.outcomes[at] as Outcome
      if ('value' in outcome) resolve(outcome.value)
      else reject(outcome.error)
    }
  }

  /** Nothing was committed, unless the connection broke while it was: then nobody knows, and whoever asks again finds out. */
  async #recover(group: readonly Waiting[], { error, isCommitting, looksKeysUp, tries }: Failure): Promise<void> {
    if (isOutage(error)) {
      const [lasting, late] = isCommitting ? [[], group] : this.#divide(group)
      for (const { reject } of late) reject(explain(error))
      // Those behind them would now begin to wait for the same.
      const names = new Set(late.flatMap((item) => item.names))
      this.#turnAway((item) => item.names.some((name) => names.has(name)))
      if (lasting.length === 0) return
      await after(PAUSE)
      return this.#commit(lasting, tries)
    }
    if (isConflict(error) && !looksKeysUp) {
      this.#doubts = DOUBTS
      return this.#commit(group, tries + 1)
    }
    if (group.length > 1) {
      for (const item of group) await this.#commit([item])
    } else if (isConflict(error) && tries < TRIES) {
      await after(Math.random() * 5 * tries)
      await this.#commit(group, tries + 1)
    } else for (const { reject } of group) reject(explain(error))
  }

  /** Works that may still wait, and those that would have waited too long when they were begun again. */
  #divide(group: readonly Waiting[]): [Waiting[], Waiting[]] {
    const isLate = ({ since }: Waiting) => performance.now() + PAUSE - since > this.#options.patience
    return [group.filter((item) => !isLate(item)), group.filter(isLate)]
  }
}

interface Failure {
  readonly error: unknown
  readonly isCommitting: boolean
  readonly looksKeysUp: boolean
  readonly tries: number
}

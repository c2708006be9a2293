import { setTimeout as after } from 'node:timers/promises'
import type { Awaitable } from '@conversa/core'
import type { Connection, Connections } from '../connection.ts'
import { type Expiring, Expiry } from '../expiry.ts'
import { busy, explain, isAnswer, isOutage, PAUSE } from '../failures.ts'

interface Waiting extends Expiring {
  readonly work: (connection: Connection) => Awaitable<unknown>
  readonly resolve: (value: unknown) => void
  isSettled: boolean
}

/** How much is read at once. */
export interface ReadOptions {
  /** Connections at most. */
  readonly readers: number
  /** Reads that may wait; beyond, they are turned away. */
  readonly waiting: number
  /** Milliseconds for which a database that cannot be reached is tried again. */
  readonly patience: number
}

/** Reads that share a snapshot at most. */
const LARGEST_BATCH = 64

/** Runs reads, each on one committed state. Those that wait at the same time share a state and a connection. */
export class ReadQueue {
  readonly #connections: Connections
  readonly #readers: number
  readonly #limit: number
  readonly #patience: number
  readonly #expiry: Expiry
  #queue: Waiting[] = []
  #running = 0
  #idle: (() => void)[] = []

  constructor(connections: Connections, { readers, waiting, patience }: ReadOptions) {
    this.#connections = connections
    this.#readers = readers
    this.#limit = waiting
    this.#patience = patience
    this.#expiry = new Expiry(patience, (isLate) => this.#expire(isLate))
  }

  /** Runs reads of one committed state, which has all that was committed before this was called. */
  read<T>(work: (connection: Connection) => Awaitable<T>): Promise<T> {
    if (this.#queue.length >= this.#limit) return Promise.reject(busy())
    return new Promise<T>((resolve, reject) => {
      const settle = { resolve: resolve as (value: unknown) => void, reject }
      this.#queue.push({ work, ...settle, since: performance.now(), isSettled: false })
      this.#expiry.watch()
      this.#begin()
    })
  }

  /** Settles when all that was asked for is done. */
  async settled(): Promise<void> {
    if (this.#running === 0 && this.#queue.length === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #expire(isLate: (item: Expiring) => boolean): Expiring | undefined {
    const late = this.#queue.filter(isLate)
    this.#queue = this.#queue.filter((item) => !isLate(item))
    for (const { reject } of late) reject(busy())
    this.#begin()
    return this.#queue[0]
  }

  #begin(): void {
    while (this.#running < this.#readers && this.#queue.length > 0) {
      this.#running++
      void this.#run(this.#queue.splice(0, LARGEST_BATCH)).then(() => {
        this.#running--
        this.#begin()
      })
    }
    if (this.#running === 0 && this.#queue.length === 0) for (const settle of this.#idle.splice(0)) settle()
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    try {
      const refused = await this.#connections.snapshot(async (connection) => {
        return (await Promise.all(batch.map((one) => answer(connection, one)))).filter((one) => one !== undefined)
      })
      // What the database refuses spoils the snapshot for all who share it.
      if (batch.length > 1) for (const one of refused) await this.#run([one.item])
      else for (const { item, error } of refused) item.reject(explain(error))
    } catch (error) {
      await this.#recover(batch, error)
    }
  }

  /** Reads can be repeated; whoever has their answer is past caring. */
  async #recover(batch: readonly Waiting[], error: unknown): Promise<void> {
    const isLate = ({ since }: Waiting) => !isOutage(error) || performance.now() + PAUSE - since > this.#patience
    for (const { reject } of batch.filter(isLate)) reject(explain(error))
    const lasting = batch.filter((item) => !item.isSettled && !isLate(item))
    if (lasting.length === 0) return
    await after(PAUSE)
    await this.#run(lasting)
  }
}

/** @returns the work when the database refused something of it, or was not there, whoever's fault that was */
async function answer(
  connection: Connection,
  item: Waiting,
): Promise<{ readonly item: Waiting; readonly error: unknown } | undefined> {
  try {
    item.resolve(await item.work(connection))
    item.isSettled = true
  } catch (error) {
    if (isOutage(error)) throw error
    if (isAnswer(error)) return { item, error }
    item.reject(error)
    item.isSettled = true
  }
  return undefined
}

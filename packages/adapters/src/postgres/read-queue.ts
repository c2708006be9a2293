import type { Awaitable } from '@conversa/core'
import type { Connection, Connections } from './connection.ts'
import { isAnswer } from './failures.ts'
import { StoreBusy } from './scoped-commits.ts'

interface Waiting {
  readonly work: (connection: Connection) => Awaitable<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Reads that share a snapshot at most. */
const LARGEST_BATCH = 64

/** Runs reads, each on one committed state. Those that wait at the same time share a state and a connection. */
export class ReadQueue {
  readonly #connections: Connections
  readonly #readers: number
  readonly #limit: number
  readonly #queue: Waiting[] = []
  #running = 0
  #idle: (() => void)[] = []

  /** @param options how many connections at most, and how many reads may wait; beyond, they are turned away */
  constructor(connections: Connections, { readers, waiting }: { readonly readers: number; readonly waiting: number }) {
    this.#connections = connections
    this.#readers = readers
    this.#limit = waiting
  }

  /** Runs reads of one committed state, which has all that was committed before this was called. */
  read<T>(work: (connection: Connection) => Awaitable<T>): Promise<T> {
    if (this.#queue.length >= this.#limit) return Promise.reject(new StoreBusy())
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, resolve: resolve as (value: unknown) => void, reject })
      this.#begin()
    })
  }

  /** Settles when all that was asked for is done. */
  async settled(): Promise<void> {
    if (this.#running === 0 && this.#queue.length === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
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
      else for (const { item, error } of refused) item.reject(error)
    } catch (error) {
      // Whoever has their answer does not hear of it any more.
      for (const { reject } of batch) reject(error)
    }
  }
}

/** @returns the work when the database refused something of it, whoever's fault that was */
async function answer(
  connection: Connection,
  item: Waiting,
): Promise<{ readonly item: Waiting; readonly error: unknown } | undefined> {
  try {
    item.resolve(await item.work(connection))
  } catch (error) {
    if (isAnswer(error)) return { item, error }
    item.reject(error)
  }
  return undefined
}

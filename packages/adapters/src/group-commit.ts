import type { Awaitable, Reads, Tx } from '@conversa/core'

/** What a store with one writer offers for works to share a commit. */
export interface Backend {
  readonly tx: Tx
  begin(): void
  commit(): void
  rollback(): void
  /** What to tell of an error that a work or the commit threw: one that the core knows, if there is one. */
  explain?(error: unknown): unknown
}

/** Calls back once, later: after all that is being read from sockets in this turn of the event loop has come in. */
export type Schedule = (run: () => void) => void

interface Item<T> {
  readonly work: (tx: Tx) => Awaitable<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

/** Works in one commit at most: bounds how long the event loop waits for one group. */
const LARGEST_GROUP = 1024

/**
 * Runs works one after another, each to its end, and lets those of one turn of the event loop share a commit: one sync of the
 * disk for all of them. When a work or the commit throws, the group is rolled back and its works run again one by one, so that
 * each succeeds or fails alone. Reads run between groups and see committed state only.
 */
export class GroupCommit {
  readonly #backend: Backend
  readonly #schedule: Schedule
  readonly #observe: (groupSize: number) => void
  readonly #writes: Item<unknown>[] = []
  readonly #reads: Item<unknown>[] = []
  #running = false
  #scheduled = false
  /** Whether the turn of the event loop that the waiting writes came in is over. */
  #due = false
  /** Whether a transaction that failed still has to be undone. */
  #broken = false
  #idle: (() => void)[] = []

  /** @param observe hears the size of each committed group */
  constructor(backend: Backend, schedule: Schedule, observe: (groupSize: number) => void = () => {}) {
    this.#backend = backend
    this.#schedule = schedule
    this.#observe = observe
  }

  /** Runs reads of one committed state: at once when nothing else runs. */
  read<T>(work: (reads: Reads) => Awaitable<T>): Promise<T> {
    const result = enqueue(this.#reads, work)
    this.#start()
    return result
  }

  /** Runs a work within the next group; settles after the commit, in the order of the works. */
  transact<T>(work: (tx: Tx) => Awaitable<T>): Promise<T> {
    const result = enqueue(this.#writes, work)
    if (!this.#scheduled) {
      this.#scheduled = true
      this.#schedule(() => {
        this.#scheduled = false
        this.#due = true
        this.#start()
      })
    }
    return result
  }

  /** Settles when all that was asked for is done. */
  async settled(): Promise<void> {
    if (!this.#running && this.#writes.length === 0 && this.#reads.length === 0) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #start(): void {
    if (!this.#running) void this.#drain()
  }

  async #drain(): Promise<void> {
    this.#running = true
    for (;;) {
      const read = this.#reads.shift()
      if (read) await this.#runRead(read)
      else if (this.#due) {
        const group = this.#writes.splice(0, LARGEST_GROUP)
        this.#due = this.#writes.length > 0
        if (group.length > 0) await this.#commit(group)
      } else break
    }
    this.#running = false
    if (this.#writes.length === 0) for (const settle of this.#idle.splice(0)) settle()
  }

  async #commit(group: Item<unknown>[]): Promise<void> {
    const values: unknown[] = []
    try {
      this.#heal()
      this.#backend.begin()
      for (const { work } of group) values.push(await work(this.#backend.tx))
      this.#backend.commit()
    } catch (error) {
      this.#broken = true
      if (this.#isHealed() && group.length > 1) for (const item of group) await this.#commit([item])
      else for (const { reject } of group) reject(this.#backend.explain?.(error) ?? error)
      return
    }
    this.#observe(group.length)
    for (const [at, { resolve }] of group.entries()) resolve(values[at])
  }

  /** Undoes what failed. Until that succeeds nothing is read or written: it would be a part of it. */
  #heal(): void {
    if (!this.#broken) return
    this.#backend.rollback()
    this.#broken = false
  }

  #isHealed(): boolean {
    try {
      this.#heal()
      return true
    } catch {
      return false
    }
  }

  async #runRead(item: Item<unknown>): Promise<void> {
    try {
      this.#heal()
      item.resolve(await item.work(this.#backend.tx))
    } catch (error) {
      item.reject(this.#backend.explain?.(error) ?? error)
    }
  }
}

function enqueue<T>(queue: Item<unknown>[], work: (tx: Tx) => Awaitable<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    queue.push({ work, resolve: resolve as (value: unknown) => void, reject })
  })
}

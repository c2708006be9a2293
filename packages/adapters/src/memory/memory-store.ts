import type { Awaitable, Reads, Scope, Store, Tx } from '@conversa/core'
import { GroupCommit, type Schedule } from '../group-commit.ts'
import { MemoryTables } from './memory-tables.ts'

/** How a store in memory behaves. */
export interface MemoryOptions {
  /** When a group of writes begins; the end of the turn of the event loop unless a simulation decides it. */
  readonly schedule?: Schedule
  readonly epoch?: string
}

/** A store in memory: for tests and test servers. It keeps the contract of every store but durability. */
export class MemoryStore implements Store {
  readonly epoch: string
  readonly #tables: MemoryTables
  readonly #commits: GroupCommit

  constructor({ schedule = setImmediate, epoch = 'memory' }: MemoryOptions = {}, tables = new MemoryTables()) {
    this.epoch = epoch
    this.#tables = tables
    this.#commits = new GroupCommit(this.#tables, schedule)
  }

  /** A store on what was committed here, as after a crash; this one is not to be used any more. */
  reopened(schedule?: Schedule): MemoryStore {
    return new MemoryStore({ epoch: this.epoch, ...(schedule && { schedule }) }, this.#tables)
  }

  read<T>(work: (reads: Reads) => Awaitable<T>): Promise<T> {
    return this.#commits.read(work)
  }

  transact<T>(_scopes: readonly Scope[], work: (tx: Tx) => Awaitable<T>): Promise<T> {
    return this.#commits.transact(work)
  }

  writable(): Promise<boolean> {
    return Promise.resolve(true)
  }

  close(): Promise<void> {
    return this.#commits.settled()
  }
}

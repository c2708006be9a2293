import { randomUUID } from 'node:crypto'
import type { Awaitable, Blobs, Foresight, Reads, Scope, Store, Tx } from '@conversa/core'
import type { Schedule } from '../group-commit.ts'
import { packBackup } from '../sqlite/backup/backup.ts'
import { Sweeper } from '../sweeper.ts'
import { snapshotToSqlite } from '../transfer/snapshot-to-sqlite.ts'
import { ReadQueue } from './commit/read-queue.ts'
import { ScopedCommits } from './commit/scoped-commits.ts'
import { Connections } from './connection.ts'
import { migrate } from './migrations.ts'
import { NoticeFeed } from './notice-feed.ts'
import { PostgresReads } from './postgres-reads.ts'
import { sweepStep } from './sweep.ts'
import { LeaseTable } from './tables/lease-table.ts'

/** How a PostgreSQL store is opened. */
export interface PostgresOptions {
  /** `postgres://…`; its `options` may set a `search_path`. */
  readonly url: string
  /** Connections at most; 10 unless set. */
  readonly connections?: number
  /** Works, and as many reads, that may wait for the database before more are turned away; 10,000 unless set. */
  readonly waiting?: number
  /** Milliseconds after which a database that does not answer is given up; 5,000 unless set. */
  readonly patience?: number
  /** When works that came in are begun; the end of the turn of the event loop unless a test decides it. */
  readonly schedule?: Schedule
  /** Hears how many works each transaction had. */
  readonly observe?: (groupSize: number) => void
}

const CONNECTIONS = 10
const PATIENCE = 5000

/** A store in PostgreSQL, which any number of nodes share. */
export interface PostgresStore extends Store {
  /**
   * Copies all that is kept, of one moment, while nodes go on; a backup is the same from whichever store.
   *
   * @param folder where the copy is made
   * @param blobs the files; the backup is without them unless it is given
   * @returns the copy as it is read; it goes when it was read or given up
   */
  backUp(folder: string, blobs: Blobs | undefined): Promise<AsyncIterable<Uint8Array>>
}

/**
 * Opens the store of a database and brings its tables to the newest version; nodes that start at once wait for one another. A commit
 * is on disk when it is acknowledged (G1).
 *
 * @throws when the database cannot be reached or was written by a newer program
 */
export async function openPostgresStore(options: PostgresOptions): Promise<PostgresStore> {
  const { url, connections: limit = CONNECTIONS, patience = PATIENCE } = options
  return openPostgresStoreOn(new Connections({ url, connections: limit, patience }), options)
}

/** Opens a store on connections, which are the store's own from then on: it closes them. @throws as `openPostgresStore` does */
export async function openPostgresStoreOn(connections: Connections, options: PostgresOptions): Promise<PostgresStore> {
  const { connections: limit = CONNECTIONS, patience = PATIENCE } = options
  try {
    const epoch = await connections.use((connection) => migrate(connection, randomUUID))
    const feed = new NoticeFeed(connections)
    await feed.start()
    return new OpenStore({ epoch, feed, connections }, { ...options, connections: limit, patience })
  } catch (error) {
    await connections.close()
    throw error
  }
}

class OpenStore implements PostgresStore {
  readonly epoch: string
  readonly feed: NoticeFeed
  readonly leases: LeaseTable
  readonly #url: string
  readonly #connections: Connections
  readonly #commits: ScopedCommits
  readonly #reads: ReadQueue
  readonly #sweeper: Sweeper

  constructor(
    { epoch, feed, connections }: { epoch: string; feed: NoticeFeed; connections: Connections },
    { url, connections: limit, patience, ...options }: PostgresOptions & { connections: number; patience: number },
  ) {
    const { waiting = 10_000, schedule = setImmediate, observe = () => {} } = options
    this.#url = url
    this.epoch = epoch
    this.feed = feed
    this.leases = new LeaseTable(connections, randomUUID())
    this.#connections = connections
    const writers = Math.max(1, Math.ceil(limit / 2))
    const removed = () => this.#sweeper.start()
    this.#commits = new ScopedCommits(connections, { writers, waiting, patience, schedule, observe, removed })
    this.#reads = new ReadQueue(connections, { readers: Math.max(1, limit - writers), waiting, patience })
    this.#sweeper = new Sweeper(() => connections.transaction(sweepStep))
    this.#sweeper.start()
  }

  read<T>(work: (reads: Reads) => Awaitable<T>): Promise<T> {
    return this.#reads.read((connection) => work(new PostgresReads(connection)))
  }

  async transact<T>(scopes: readonly Scope[], work: (tx: Tx) => Awaitable<T>, foresight?: Foresight): Promise<T> {
    return this.#commits.transact(scopes, work, foresight)
  }

  backUp(folder: string, blobs: Blobs | undefined): Promise<AsyncIterable<Uint8Array>> {
    return packBackup(folder, blobs, (path) => snapshotToSqlite(this.#url, path))
  }

  async writable(): Promise<boolean> {
    try {
      await this.#connections.use((connection) =>
        connection.run("INSERT INTO meta VALUES ('probed', '') ON CONFLICT (name) DO UPDATE SET value = excluded.value"),
      )
      return true
    } catch {
      return false
    }
  }

  async close(): Promise<void> {
    await this.#sweeper.stop()
    await Promise.all([this.#commits.settled(), this.#reads.settled()])
    await this.#connections.close()
  }
}

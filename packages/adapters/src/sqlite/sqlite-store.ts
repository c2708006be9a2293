import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { type Awaitable, type Blobs, type Reads, type Scope, type Store, StoreDamaged, type Tx } from '@conversa/core'
import { GroupCommit, type Schedule } from '../group-commit.ts'
import { Sweeper } from '../sweeper.ts'
import { takeBackup } from './backup/backup.ts'
import { CHECKSUM, type CheckedTables } from './damage/checked-tables.ts'
import { fillStep } from './damage/checksums.ts'
import { isDamage } from './damage/damage.ts'
import { refuseDamagedLog } from './damage/log-damage.ts'
import { damagedDefinitions } from './definitions.ts'
import { isLocked } from './locked.ts'
import { migrate } from './migrations.ts'
import { SqliteTx } from './sqlite-tx.ts'
import { Statements } from './statements.ts'
import { sweepStep } from './sweep.ts'

/** How a SQLite store is opened. */
export interface SqliteOptions {
  /** The file; `:memory:` keeps nothing. */
  readonly path: string
  /** When a group of writes begins; the end of the turn of the event loop unless a simulation decides it. */
  readonly schedule?: Schedule
  /** Hears the size of each committed group. */
  readonly observe?: (groupSize: number) => void
  /** Hears, step by step, how many rows of an older program were given their checksums; undefined when all have them. */
  readonly filling?: ((rows: number | undefined) => void) | undefined
  /** Opens the database; tests hand in one that fails on purpose. */
  readonly open?: (path: string) => DatabaseSync
}

/** A store in one file. */
export interface SqliteStore extends Store {
  /** Copies the file while it is written to; see `takeBackup`. */
  backUp(folder: string, blobs: Blobs | undefined): Promise<AsyncIterable<Uint8Array>>
}

/**
 * Opens the store in one file: WAL and `synchronous=FULL`, so that a commit is on disk when it returns (G1). The file belongs to
 * one process at a time.
 *
 * @throws when the file cannot be opened, belongs to another process, was written by a newer program or is damaged
 */
export function openSqliteStore({
  path,
  schedule = setImmediate,
  observe,
  filling,
  open = openDatabase,
}: SqliteOptions): SqliteStore {
  refuseDamagedLog(path)
  const database = open(path)
  try {
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA foreign_keys = OFF;
      PRAGMA cache_size = -65536;
      PRAGMA temp_store = MEMORY;
      PRAGMA wal_autocheckpoint = 4000;
    `)
    const tables = migrate(database, randomUUID, GIVE_CHECKSUMS)
    const [damaged] = damagedDefinitions(database)
    if (damaged !== undefined) throw new StoreDamaged(`the definition of ${damaged}`)
    reachTables(database, tables)
    return new OpenStore({ database, statements: new Statements(database, { tables }) }, { schedule, observe, filling })
  } catch (error) {
    database.close()
    throw explainOpening(error, path)
  }
}

/** Tables whose statements give the checksums themselves: a send writes to them. */
const GIVE_CHECKSUMS = ['messages', 'conversations']

/** Reads the first row of every table, which no index has: what lacks a table is not served. */
function reachTables(database: DatabaseSync, tables: CheckedTables): void {
  const firsts = [...tables.keys()].map((name) => `(SELECT ${CHECKSUM} FROM ${name} LIMIT 1)`)
  database.prepare(`SELECT ${firsts.join(', ')}`).get()
}

function explainOpening(error: unknown, path: string): unknown {
  if (isLocked(error)) return new Error(`unable to open the database: another process is using ${path}`, { cause: error })
  return isDamage(error) ? new StoreDamaged(`${path} (${error.message})`, error) : error
}

function openDatabase(path: string): DatabaseSync {
  return new DatabaseSync(path)
}

interface Watched {
  readonly schedule: Schedule
  readonly observe: SqliteOptions['observe']
  readonly filling: SqliteOptions['filling']
}

class OpenStore implements SqliteStore {
  readonly epoch: string
  readonly #database: DatabaseSync
  readonly #commits: GroupCommit
  readonly #sweeper: Sweeper
  readonly #filler: Sweeper

  constructor(
    { database, statements }: { database: DatabaseSync; statements: Statements },
    { schedule, observe, filling }: Watched,
  ) {
    this.#database = database
    this.epoch = epochOf(statements)
    const tables = new SqliteTx(database, statements, () => this.#sweeper.start())
    this.#commits = new GroupCommit(tables, schedule, observe)
    const sweep = sweepStep(statements)
    this.#sweeper = new Sweeper(() => this.#commits.transact(sweep))
    this.#sweeper.start()
    const fill = fillStep(database)
    this.#filler = new Sweeper(async () => {
      const rows = await this.#commits.transact(fill)
      filling?.(rows)
      return rows !== undefined
    })
    this.#filler.start()
  }

  read<T>(work: (reads: Reads) => Awaitable<T>): Promise<T> {
    return this.#commits.read(work)
  }

  transact<T>(_scopes: readonly Scope[], work: (tx: Tx) => Awaitable<T>): Promise<T> {
    return this.#commits.transact(work)
  }

  backUp(folder: string, blobs: Blobs | undefined): Promise<AsyncIterable<Uint8Array>> {
    return takeBackup({ database: this.#database, betweenTransactions: (run) => this.#commits.read(run) }, folder, blobs)
  }

  async writable(): Promise<boolean> {
    try {
      const touch = this.#database.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES ('probed', ?)")
      await this.#commits.transact(() => touch.run(String(process.pid)))
      return true
    } catch {
      return false
    }
  }

  async close(): Promise<void> {
    await this.#sweeper.stop()
    await this.#filler.stop()
    await this.#commits.settled()
    this.#database.close()
  }
}

function epochOf(database: Statements): string {
  const row = database.select("SELECT * FROM meta WHERE name = 'epoch'", { meta: '' }).get()
  if (!row) throw new StoreDamaged('the row of meta (name epoch)')
  return String(row.value)
}

import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  type ConversationRecord,
  type Finding,
  type Inventory,
  type MediaRecord,
  type MessageRecord,
  type Reads,
  type ServiceRecord,
  StoreDamaged,
  type UserRecord,
} from '@conversa/core'
import { toConversation } from '../rows/conversation-row.ts'
import { toMessage } from '../rows/message-row.ts'
import { toParticipant } from '../rows/participant-row.ts'
import { toService } from '../rows/service-row.ts'
import { toUser } from '../rows/user-row.ts'
import { damagedRows } from './damage/checksums.ts'
import { isDamage } from './damage/damage.ts'
import { refuseDamagedLog } from './damage/log-damage.ts'
import { damagedDefinitions } from './definitions.ts'
import { isLocked } from './locked.ts'
import { NEWEST_VERSION, versionOf } from './migrations.ts'
import { SqliteReads } from './sqlite-reads.ts'
import { Statements } from './statements.ts'
import { SELECT, toFile as toMedia } from './tables/media-table.ts'
import { COLUMNS } from './tables/message-table.ts'
import { FIELDS } from './tables/participant-table.ts'
import { SqliteTables } from './tables/sqlite-tables.ts'

/** What belongs to something: the table, the column that says to what, and where that is. */
const BELONGINGS = [
  ['messages', 'conversation_id', 'conversations'],
  ['participants', 'conversation_id', 'conversations'],
  ['receipts', 'conversation_id', 'conversations'],
  ['conversation_events', 'conversation_id', 'conversations'],
  ['user_events', 'user_id', 'users'],
] as const

/** An older program wrote the database. */
export class DatabaseOlder extends Error {
  constructor(version: number) {
    super(`unable to read the database: it has version ${version}, this program ${NEWEST_VERSION}; start the server once`)
  }
}

/**
 * Opens the file of a store that no server has open, to walk over all that it holds. Nothing is written.
 *
 * @param path the file
 * @throws when it is not there, a server has it open, or another version wrote it
 */
export function openSqliteInventory(path: string): SqliteInventory {
  return new SqliteInventory(openSqliteFile(path))
}

/** The same, to be read by whoever knows its tables. */
export function openSqliteFile(path: string): DatabaseSync {
  refuseWithoutRights(path)
  refuseDamagedLog(path)
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA query_only = ON')
    const version = versionOf(database)
    if (version < NEWEST_VERSION) throw new DatabaseOlder(version)
    if (version > NEWEST_VERSION) {
      throw new Error(`unable to read the database: it has version ${version}, this program knows ${NEWEST_VERSION}`)
    }
    // Nothing can be looked at by definitions that are not what they were.
    const [damaged] = damagedDefinitions(database)
    if (damaged !== undefined) throw new StoreDamaged(`the definition of ${damaged}`)
    return database
  } catch (error) {
    database.close()
    if (isLocked(error)) throw new Error(`unable to open the database: a server is using ${path}`, { cause: error })
    throw isDamage(error) ? new StoreDamaged(`${path} (${error.message})`, error) : error
  }
}

/**
 * Also who only looks at a database has to be able to write beside it, where SQLite has its log; what is not there and what may not be seen are two things.
 * SQLite would speak of the disk.
 */
function refuseWithoutRights(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    accessSync(dirname(path), constants.W_OK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Error(`unable to open the database: there is no ${path}`, { cause: error })
  }
}

/** All rows of a file. */
export class SqliteInventory implements Inventory, Disposable {
  readonly reads: Reads
  readonly #database: DatabaseSync

  /** @param database which nobody writes to */
  constructor(database: DatabaseSync) {
    this.#database = database
    // Each row that is damaged is told of once, among the damages; what else is wrong with it shows as the server would not show it.
    this.reads = new SqliteReads(new SqliteTables(new Statements(database, { isTrusting: true })))
  }

  services(): Iterable<ServiceRecord> {
    return this.#rows('SELECT * FROM services ORDER BY sid', toService)
  }

  users(): Iterable<UserRecord> {
    return this.#rows('SELECT * FROM users ORDER BY id', toUser)
  }

  conversations(): Iterable<ConversationRecord> {
    return this.#rows('SELECT * FROM conversations ORDER BY id', toConversation)
  }

  participants({ sid }: ConversationRecord) {
    const sql = `SELECT ${FIELDS} FROM participants p WHERE p.conversation_id = (SELECT id FROM conversations WHERE sid = ?) ORDER BY p.id`
    return this.#rows(sql, (row) => toParticipant(row, sid), sid)
  }

  messages({ sid }: ConversationRecord): Iterable<MessageRecord> {
    const sql = `SELECT ${COLUMNS} FROM messages WHERE conversation_id = (SELECT id FROM conversations WHERE sid = ?) ORDER BY idx`
    return this.#rows(sql, (row) => toMessage(row, sid), sid)
  }

  conversationRevisions({ sid }: ConversationRecord): Iterable<number> {
    const sql =
      'SELECT revision FROM conversation_events WHERE conversation_id = (SELECT id FROM conversations WHERE sid = ?) ORDER BY revision'
    return this.#rows(sql, ({ revision }) => Number(revision), sid)
  }

  userRevisions({ sid }: UserRecord): Iterable<number> {
    const sql = 'SELECT revision FROM user_events WHERE user_id = (SELECT id FROM users WHERE sid = ?) ORDER BY revision'
    return this.#rows(sql, ({ revision }) => Number(revision), sid)
  }

  media(): Iterable<MediaRecord> {
    // What belongs to a conversation that is still to be swept counts as removed from its row on.
    const swept = this.#database.prepare('SELECT 1 FROM sweeps WHERE conversation_id = ?')
    return this.#rows(`${SELECT} ORDER BY m.id`, (row) => {
      const isSwept = row.conversation_id !== null && swept.get(Number(row.conversation_id)) !== undefined
      return isSwept ? { ...toMedia(row), state: 'removed', message: null } : toMedia(row)
    })
  }

  /** Whether rows that an older program wrote still wait for their checksums: the server gives them while it runs. */
  get awaitsChecksums(): boolean {
    return this.#database.prepare('SELECT 1 FROM unchecked LIMIT 1').get() !== undefined
  }

  /** Rows of removed conversations that are still to be swept are no orphans. */
  *damages(): Iterable<Finding> {
    for (const { integrity_check: said } of this.#database.prepare('PRAGMA integrity_check').all()) {
      if (said !== 'ok') yield { kind: 'damaged', subject: 'database', message: String(said) }
    }
    for (const row of damagedRows(this.#database)) {
      yield { kind: 'damaged', subject: row, message: 'it is not what was written: its checksum is another one' }
    }
    for (const [table, column, owner] of BELONGINGS) {
      const swept = owner === 'conversations' ? `AND ${column} NOT IN (SELECT conversation_id FROM sweeps)` : ''
      const sql = `SELECT ${column} AS id, count(*) AS count FROM ${table} WHERE ${column} NOT IN (SELECT id FROM ${owner}) ${swept} GROUP BY 1`
      for (const { id, count } of this.#database.prepare(sql).iterate()) {
        yield { kind: 'orphan', subject: `${table} ${id}`, message: `${count} rows of ${table} belong to none of ${owner}` }
      }
    }
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  *#rows<Record>(sql: string, read: (row: { [column: string]: unknown }) => Record, ...values: string[]): Generator<Record> {
    for (const row of this.#database.prepare(sql).iterate(...values)) yield read(row)
  }
}

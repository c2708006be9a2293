import type {
  ConversationRecord,
  Finding,
  Inventory,
  MediaRecord,
  MessageRecord,
  ParticipantRecord,
  Reads,
  ServiceRecord,
  UserRecord,
} from '@conversa/core'
import { escapeLiteral } from 'pg'
import { toConversation } from '../rows/conversation-row.ts'
import { toMedia } from '../rows/media-row.ts'
import { toMessage } from '../rows/message-row.ts'
import { toParticipant } from '../rows/participant-row.ts'
import type { Row } from '../rows/row.ts'
import { toService } from '../rows/service-row.ts'
import { toUser } from '../rows/user-row.ts'
import { type Connection, Connections } from './connection.ts'
import { checkVersion } from './migrations.ts'
import { PostgresReads } from './postgres-reads.ts'
import { CONVERSATIONS } from './tables/conversation-table.ts'
import { SELECT as MEDIA_SELECT } from './tables/media-table.ts'
import { MESSAGES } from './tables/message-table.ts'
import { FIELDS as PARTICIPANT_FIELDS } from './tables/participant-table.ts'
import { SERVICES } from './tables/service-table.ts'
import { USERS } from './tables/user-table.ts'

/** Milliseconds for a question about whole tables. */
const PATIENCE = 600_000
/** Rows that are fetched at once. */
const ROWS = 500

/** What belongs to something: the table, its columns that say to what, and where that is. */
const BELONGINGS = [
  ['messages', ['conversation_sid'], 'conversations', ['sid']],
  ['participants', ['conversation_sid'], 'conversations', ['sid']],
  ['receipts', ['conversation_sid'], 'conversations', ['sid']],
  ['conversation_events', ['conversation_sid'], 'conversations', ['sid']],
  ['conversation_names', ['conversation_sid', 'unique_name'], 'conversations', ['sid', 'unique_name']],
  ['user_events', ['service_sid', 'identity'], 'users', ['service_sid', 'identity']],
] as const

/**
 * Walks over all that a database holds, of one moment, whatever nodes do meanwhile. Nothing is written.
 *
 * @param url as for `openPostgresStore`
 * @param work with the inventory, which ends with it
 * @throws when the database cannot be reached, or another version wrote it
 */
export async function withPostgresInventory<T>(url: string, work: (inventory: Inventory) => Promise<T>): Promise<T> {
  const connections = new Connections({ url, connections: 1, patience: PATIENCE })
  try {
    return await connections.snapshot(async (connection) => {
      await checkVersion(connection)
      return work(new PostgresInventory(connection))
    })
  } finally {
    await connections.close()
  }
}

/** All rows of a database, as a snapshot shows them. */
class PostgresInventory implements Inventory {
  readonly reads: Reads
  readonly #connection: Connection
  #cursors = 0

  constructor(connection: Connection) {
    this.#connection = connection
    this.reads = new PostgresReads(connection)
  }

  services(): AsyncIterable<ServiceRecord> {
    return this.#rows(`SELECT ${SERVICES.columns} FROM services ORDER BY sid`, toService)
  }

  users(): AsyncIterable<UserRecord> {
    return this.#rows(`SELECT ${USERS.columns} FROM users ORDER BY service_sid, sid`, toUser)
  }

  conversations(): AsyncIterable<ConversationRecord> {
    return this.#rows(`SELECT ${CONVERSATIONS.columns} FROM conversations ORDER BY sid`, toConversation)
  }

  participants({ sid }: ConversationRecord): AsyncIterable<ParticipantRecord> {
    const sql = `SELECT ${PARTICIPANT_FIELDS} FROM participants p WHERE conversation_sid = ${escapeLiteral(sid)} ORDER BY p.sid`
    return this.#rows(sql, (row) => toParticipant(row, sid))
  }

  messages({ sid }: ConversationRecord): AsyncIterable<MessageRecord> {
    const sql = `SELECT ${MESSAGES.columns} FROM messages WHERE conversation_sid = ${escapeLiteral(sid)} ORDER BY idx`
    return this.#rows(sql, (row) => toMessage(row, sid))
  }

  conversationRevisions({ sid }: ConversationRecord): AsyncIterable<number> {
    return this.#revisions(`conversation_events WHERE conversation_sid = ${escapeLiteral(sid)}`)
  }

  userRevisions({ serviceSid, identity }: UserRecord): AsyncIterable<number> {
    return this.#revisions(
      `user_events WHERE service_sid = ${escapeLiteral(serviceSid)} AND identity = ${escapeLiteral(identity)}`,
    )
  }

  media(): AsyncIterable<MediaRecord> {
    return this.#rows(`${MEDIA_SELECT} ORDER BY m.sid`, (row) => toMedia(row, row.orphan === true))
  }

  /** Rows of removed conversations that are still to be swept are no orphans. */
  async *damages(): AsyncIterable<Finding> {
    for (const [table, columns, owner, keys] of BELONGINGS) {
      const isOwned = columns.map((column, at) => `o.${keys[at]} = t.${column}`).join(' AND ')
      const swept = columns[0] === 'conversation_sid' ? 'AND conversation_sid NOT IN (SELECT conversation_sid FROM sweeps)' : ''
      const sql = `SELECT ${columns.join(" || ' ' || ")} AS id, count(*) AS count FROM ${table} t
        WHERE NOT EXISTS (SELECT 1 FROM ${owner} o WHERE ${isOwned}) ${swept} GROUP BY 1`
      for (const { id, count } of await this.#connection.run(sql)) {
        yield { kind: 'orphan', subject: `${table} ${id}`, message: `${count} rows of ${table} belong to none of ${owner}` }
      }
    }
  }

  #revisions(from: string): AsyncIterable<number> {
    return this.#rows(`SELECT revision FROM ${from} ORDER BY revision`, ({ revision }) => revision as number)
  }

  /** Whoever walks asks other questions in between: each walk has a cursor of its own. */
  async *#rows<Record>(sql: string, read: (row: Row) => Record): AsyncGenerator<Record> {
    const cursor = `walk_${++this.#cursors}`
    await this.#connection.run(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`)
    for (;;) {
      const rows = await this.#connection.run(`FETCH ${ROWS} FROM ${cursor}`)
      for (const row of rows) yield read(row)
      if (rows.length < ROWS) break
    }
    await this.#connection.run(`CLOSE ${cursor}`)
  }
}

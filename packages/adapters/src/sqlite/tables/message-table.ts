import type { SQLInputValue, StatementSync } from 'node:sqlite'
import { type ConversationRecord, type MessageRange, type MessageRecord, messageIndexOf, messageSid } from '@conversa/core'
import type { LogRange } from '../../event-log.ts'
import { toMessage } from '../../rows/message-row.ts'
import { checksumOf } from '../damage/row-checksum.ts'
import type { Select, Statements } from '../statements.ts'

/** What a row is read from. */
export const COLUMNS = `conversation_id, idx, revision, author, participant_sid, body, attributes, last_updated_by, date_created,
  date_updated, key, removed, subject, media, delivery, sid, content, checksum`

/** Messages: each row is its own log entry, and stays as a tombstone when the message is removed. */
export class MessageTable {
  readonly #byIndex: Select
  readonly #byOwnSid: Select
  readonly #byKey: Select
  readonly #backwards: Select
  readonly #forward: Select
  readonly #newest: Select
  readonly #onward: Select
  readonly #revisionFrom: StatementSync
  readonly #tombstones: StatementSync
  readonly #insert: StatementSync
  readonly #update: StatementSync

  constructor(database: Statements) {
    const select = (which: string) => database.select(`SELECT ${COLUMNS} FROM messages WHERE ${which}`, { messages: '' })
    this.#byIndex = select('conversation_id = ? AND idx = ?')
    this.#byOwnSid = select('sid = ? AND conversation_id = ?')
    this.#byKey = select('key = ? AND conversation_id = ? AND author = ?')
    // A damaged message is not passed over as removed.
    const shown = `(removed = 0 OR ${database.isDamaged('messages')})`
    const page = (order: string) => select(`conversation_id = ? AND ${shown} AND idx ${order} LIMIT +?`)
    this.#backwards = page('<= ? ORDER BY idx DESC')
    this.#forward = page('>= ? ORDER BY idx')
    this.#newest = select('conversation_id = ? ORDER BY idx DESC LIMIT +?')
    this.#onward = select('conversation_id = ? AND idx >= ? ORDER BY idx LIMIT +?')
    this.#revisionFrom = database.prepare(
      'SELECT idx, revision FROM messages WHERE conversation_id = ? AND idx >= ? ORDER BY idx LIMIT 1',
    )
    this.#tombstones = database.prepare(
      'SELECT count(*) AS count FROM messages WHERE conversation_id = ? AND idx > ? AND removed = 1',
    )
    this.#insert = database.prepare(`INSERT INTO messages (${COLUMNS}) VALUES (${'?, '.repeat(17)}?)`)
    this.#update = database.prepare(
      `UPDATE messages SET author = ?4, participant_sid = ?5, body = ?6, attributes = ?7, last_updated_by = ?8, date_created = ?9,
       date_updated = ?10, removed = ?12, subject = ?13, media = ?14, delivery = ?15, content = ?17, checksum = ?18
       WHERE conversation_id = ?1 AND idx = ?2`,
    )
  }

  find(conversationId: number, conversationSid: string, index: number): MessageRecord | undefined {
    const row = this.#byIndex.get(conversationId, index)
    return row && toMessage(row, conversationSid)
  }

  /** A SID that derives leads to the index; only others are looked up. */
  findBySid(conversationId: number, conversationSid: string, sid: string): MessageRecord | undefined {
    const index = messageIndexOf(conversationSid, sid)
    const derived = index === undefined ? undefined : this.find(conversationId, conversationSid, index)
    if (derived?.sid === sid) return derived
    const row = this.#byOwnSid.get(sid, conversationId)
    return row && toMessage(row, conversationSid)
  }

  findByKey(conversationId: number, conversationSid: string, author: string, key: string): MessageRecord | undefined {
    const row = this.#byKey.get(key, conversationId, author)
    return row && toMessage(row, conversationSid)
  }

  page(conversationId: number, conversationSid: string, { from, direction, limit }: MessageRange): MessageRecord[] {
    const statement = direction === 'backwards' ? this.#backwards : this.#forward
    return statement.all(conversationId, from, limit).map((row) => toMessage(row, conversationSid))
  }

  /**
   * Messages and tombstones that were stored in a part of the log. Each took a revision, so there are at most as many as revisions,
   * and revisions rise with the indexes: no index by revision is needed.
   */
  stored(
    conversationId: number,
    { sid, revision, nextIndex }: ConversationRecord,
    { after, through }: LogRange,
  ): MessageRecord[] {
    const count = through - after
    // The usual case: everything up to now.
    const rows =
      through === revision
        ? this.#newest.all(conversationId, count)
        : this.#onward.all(conversationId, this.#firstAfter(conversationId, after, nextIndex), count)
    const records = rows.map((row) => toMessage(row, sid))
    return records.filter((message) => message.revision > after && message.revision <= through)
  }

  /** The lowest index of what was stored after a revision, found by halving. */
  #firstAfter(conversationId: number, revision: number, nextIndex: number): number {
    let [low, high] = [0, nextIndex]
    while (low < high) {
      const middle = (low + high) >> 1
      const row = this.#revisionFrom.get(conversationId, middle)
      if (row === undefined || Number(row.revision) > revision) high = middle
      else low = Number(row.idx) + 1
    }
    return low
  }

  tombstonesAbove(conversationId: number, index: number): number {
    return Number(this.#tombstones.get(conversationId, index)?.count)
  }

  add(conversationId: number, record: MessageRecord): void {
    this.#insert.run(...rowOf(conversationId, record))
  }

  save(conversationId: number, record: MessageRecord): void {
    this.#update.run(...rowOf(conversationId, record))
  }
}

/** The values of all columns. No trigger gives the checksum: it would write each message twice. */
function rowOf(conversationId: number, record: MessageRecord): SQLInputValue[] {
  const row: SQLInputValue[] = [
    conversationId,
    record.index,
    record.revision,
    record.author,
    record.participantSid,
    record.body,
    record.attributes,
    record.lastUpdatedBy,
    record.dateCreated,
    record.dateUpdated,
    record.key,
    record.removed ? 1 : 0,
    record.subject,
    mediaText(record),
    deliveryText(record),
    ownSid(record),
    record.content && JSON.stringify(record.content),
  ]
  row.push(checksumOf(row))
  return row
}

/** Nearly no message has files: nothing is stored for none. */
function mediaText({ media }: MessageRecord): string | null {
  return media.length === 0 ? null : JSON.stringify(media)
}

/** Nothing is stored for a SID that derives: an index of it would cost every send. */
function ownSid({ conversationSid, index, sid }: MessageRecord): string | null {
  return sid === messageSid(conversationSid, index) ? null : sid
}

function deliveryText({ delivery }: MessageRecord): string | null {
  return delivery && JSON.stringify(delivery)
}

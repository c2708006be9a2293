import type { StatementSync } from 'node:sqlite'
import type { MediaRecord, UserKey } from '@conversa/core'
import { toMedia } from '../../rows/media-row.ts'
import type { Row } from '../../rows/row.ts'
import type { Select, Statements } from '../statements.ts'

/** The conversation's SID is null when it was removed: then the file belongs to nothing any more. */
export const SELECT = 'SELECT m.*, c.sid AS conversation_sid FROM media m LEFT JOIN conversations c ON c.id = m.conversation_id'

/** The records of files. */
export class MediaTable {
  readonly #bySid: Select
  readonly #byKey: Select
  readonly #unsentBytes: StatementSync
  readonly #removed: Select
  readonly #late: Select
  readonly #save: StatementSync
  readonly #remove: StatementSync

  constructor(database: Statements) {
    const select = (rest: string) => database.select(`${SELECT} ${rest}`, { media: '' })
    this.#bySid = select('WHERE m.sid = ?')
    this.#byKey = select('WHERE m.service_sid = ? AND m.owner = ? AND m.key = ?')
    this.#unsentBytes = database.prepare(
      `SELECT coalesce(sum(size), 0) AS bytes FROM media
       WHERE service_sid = ? AND owner = ? AND state IN ('uploading', 'pending')`,
    )
    // The second condition is the one of the index.
    const waiting = "WHERE m.state = ? AND m.state <> 'sent'"
    this.#removed = select(`${waiting} LIMIT +?`)
    this.#late = select(`${waiting} AND m.date_created < ? ORDER BY m.date_created LIMIT +?`)
    this.#save = database.prepare(
      `INSERT INTO media (sid, service_sid, owner, state, size, content_type, filename, category, digest, key, date_created,
       conversation_id, idx) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (sid) DO UPDATE SET state = excluded.state, size = excluded.size, content_type = excluded.content_type,
       digest = excluded.digest, key = excluded.key, conversation_id = excluded.conversation_id, idx = excluded.idx`,
    )
    this.#remove = database.prepare('DELETE FROM media WHERE sid = ?')
  }

  find(sid: string): MediaRecord | undefined {
    const row = this.#bySid.get(sid)
    return row && toFile(row)
  }

  findByKey({ serviceSid, identity }: UserKey, key: string): MediaRecord | undefined {
    const row = this.#byKey.get(serviceSid, identity, key)
    return row && toFile(row)
  }

  unsentBytes({ serviceSid, identity }: UserKey): number {
    return Number(this.#unsentBytes.get(serviceSid, identity)?.bytes)
  }

  /** Files to collect: the removed ones, and those of each other state that are older than its time. */
  toCollect(before: { readonly uploading: number; readonly pending: number }, limit: number): MediaRecord[] {
    const rows = [
      ...this.#removed.all('removed', limit),
      ...this.#late.all('uploading', before.uploading, limit),
      ...this.#late.all('pending', before.pending, limit),
    ]
    return rows.slice(0, limit).map(toFile)
  }

  /** @param conversationId of the message that has it */
  save(record: MediaRecord, conversationId: number | null): void {
    const { sid, serviceSid, owner, state, size, contentType, filename, category, digest, key, dateCreated, message } = record
    const file = [sid, serviceSid, owner, state, size, contentType, filename, category, digest, key, dateCreated]
    this.#save.run(...file, conversationId, message?.index ?? null)
  }

  remove(sid: string): void {
    this.#remove.run(sid)
  }
}

/** A file. The rows of its message go first, and it is removed with them. */
export const toFile = (row: Row): MediaRecord => toMedia(row, row.state === 'sent' && row.conversation_sid === null)

import type { MediaRecord, UserKey } from '@conversa/core'
import { toMedia } from '../../rows/media-row.ts'
import type { Row } from '../../rows/row.ts'
import { prepared, type Querier } from '../connection.ts'
import { table } from './table.ts'

const COLUMNS = [
  'sid',
  'service_sid',
  'owner',
  'state',
  'size',
  'content_type',
  'filename',
  'category',
  'digest',
  'key',
  'date_created',
  'conversation_sid',
  'idx',
] as const

export const MEDIA = table('media', COLUMNS, ['sid'])

/** Whether the conversation of its message was removed: then the file belongs to nothing any more. */
const ORPHAN = `m.state = 'sent' AND NOT EXISTS (SELECT 1 FROM conversations c WHERE c.sid = m.conversation_sid)`
export const SELECT = `SELECT ${COLUMNS.map((column) => `m.${column}`).join(', ')}, ${ORPHAN} AS orphan FROM media m`

const BY_SID = prepared('media by sid', `${SELECT} WHERE m.sid = $1`)
const LOCK = prepared('media lock', `${SELECT} WHERE m.sid = $1 FOR UPDATE OF m`)
const BY_KEY = prepared('media by key', `${SELECT} WHERE m.service_sid = $1 AND m.owner = $2 AND m.key = $3`)
const UNSENT_BYTES = prepared(
  'media unsent bytes',
  `SELECT coalesce(sum(size), 0)::bigint AS bytes FROM media
   WHERE service_sid = $1 AND owner = $2 AND state IN ('uploading', 'pending')`,
)
const TO_COLLECT = prepared(
  'media to collect',
  `(${SELECT} WHERE m.state = 'removed' LIMIT $3)
   UNION ALL (${SELECT} WHERE m.state = 'uploading' AND m.date_created < $1 ORDER BY m.date_created LIMIT $3)
   UNION ALL (${SELECT} WHERE m.state = 'pending' AND m.date_created < $2 ORDER BY m.date_created LIMIT $3)
   LIMIT $3`,
)

/** Reads the records of files. */
export const mediaTable = {
  /** @param locks whether nobody else is to change it before the transaction ends */
  async find(database: Querier, sid: string, locks: boolean): Promise<MediaRecord | undefined> {
    const [row] = await database.rows(locks ? LOCK : BY_SID, [sid])
    return row && toFile(row)
  },

  async findByKey(database: Querier, { serviceSid, identity }: UserKey, key: string): Promise<MediaRecord | undefined> {
    const [row] = await database.rows(BY_KEY, [serviceSid, identity, key])
    return row && toFile(row)
  },

  async unsentBytes(database: Querier, { serviceSid, identity }: UserKey): Promise<number> {
    const [row] = await database.rows(UNSENT_BYTES, [serviceSid, identity])
    return row?.bytes as number
  },

  async toCollect(database: Querier, before: { uploading: number; pending: number }, limit: number): Promise<MediaRecord[]> {
    return (await database.rows(TO_COLLECT, [before.uploading, before.pending, limit])).map(toFile)
  },
}

export function mediaRow(record: MediaRecord): object {
  return {
    sid: record.sid,
    service_sid: record.serviceSid,
    owner: record.owner,
    state: record.state,
    size: record.size,
    content_type: record.contentType,
    filename: record.filename,
    category: record.category,
    digest: record.digest,
    key: record.key,
    date_created: record.dateCreated,
    conversation_sid: record.message?.conversationSid ?? null,
    idx: record.message?.index ?? null,
  }
}

const toFile = (row: Row): MediaRecord => toMedia(row, row.orphan === true)

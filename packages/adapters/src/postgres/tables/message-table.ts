import { type ConversationRecord, type MessageRange, type MessageRecord, messageIndexOf, messageSid } from '@conversa/core'
import type { LogRange } from '../../event-log.ts'
import { toMessage } from '../../rows/message-row.ts'
import type { Row } from '../../rows/row.ts'
import { prepared, type Querier } from '../connection.ts'
import { byColumns, type Table, type TypedColumn, table } from './table.ts'

/** Nearly none has files: nothing is stored for none. Nor for a SID that derives: an index of it would cost. */
const COLUMNS: readonly TypedColumn<MessageRecord>[] = [
  ['conversation_sid', 'text', (record) => record.conversationSid],
  ['idx', 'bigint', (record) => record.index],
  ['revision', 'bigint', (record) => record.revision],
  ['author', 'text', (record) => record.author],
  ['participant_sid', 'text', (record) => record.participantSid],
  ['body', 'text', (record) => record.body],
  ['subject', 'text', (record) => record.subject],
  ['media', 'text', (record) => (record.media.length === 0 ? null : JSON.stringify(record.media))],
  ['attributes', 'text', (record) => record.attributes],
  ['last_updated_by', 'text', (record) => record.lastUpdatedBy],
  ['date_created', 'bigint', (record) => record.dateCreated],
  ['date_updated', 'bigint', (record) => record.dateUpdated],
  ['key', 'text', (record) => record.key],
  ['delivery', 'text', (record) => (record.delivery ? JSON.stringify(record.delivery) : null)],
  ['removed', 'boolean', (record) => record.removed],
  ['sid', 'text', ({ sid, conversationSid, index }) => (sid === messageSid(conversationSid, index) ? null : sid)],
  ['content', 'text', (record) => (record.content ? JSON.stringify(record.content) : null)],
]

/** Written as records. */
export const MESSAGES: Table = {
  ...table(
    'messages',
    COLUMNS.map(([column]) => column),
    ['conversation_sid', 'idx'],
  ),
  ...byColumns('messages', COLUMNS),
  keyOf: (record) => {
    const { conversationSid, index } = record as MessageRecord
    return `${conversationSid} ${index}`
  },
  rowOf: (record) => Object.fromEntries(COLUMNS.map(([column, , of]) => [column, of(record as MessageRecord)])),
}

/** What a removed conversation leaves is swept later, and is not there any more. */
const OF_CONVERSATION = `SELECT ${MESSAGES.columns} FROM messages WHERE conversation_sid = $1
  AND EXISTS (SELECT 1 FROM conversations WHERE sid = $1)`

const BY_INDEX = prepared('message by index', `${OF_CONVERSATION} AND idx = $2`)
const BY_OWN_SID = prepared('message by own sid', `${OF_CONVERSATION} AND sid = $2`)
const BY_KEY = prepared('message by key', `${OF_CONVERSATION} AND author = $2 AND key = $3`)
/** Of many sends at once. */
const BY_KEYS = prepared(
  'messages by keys',
  `SELECT ${MESSAGES.columns} FROM messages
   WHERE (conversation_sid, author, key) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))`,
)
const BACKWARDS = prepared('messages backwards', `${OF_CONVERSATION} AND NOT removed AND idx <= $2 ORDER BY idx DESC LIMIT $3`)
const FORWARD = prepared('messages forward', `${OF_CONVERSATION} AND NOT removed AND idx >= $2 ORDER BY idx LIMIT $3`)
const STORED = prepared(
  'messages stored',
  `SELECT ${MESSAGES.columns} FROM messages WHERE conversation_sid = $1 AND idx >= $2 AND idx < $3
   AND revision > $4 AND revision <= $5`,
)
const REVISION_FROM = prepared(
  'message revision from',
  'SELECT idx, revision FROM messages WHERE conversation_sid = $1 AND idx >= $2 ORDER BY idx LIMIT 1',
)
const TOMBSTONES = prepared(
  'tombstones above',
  `SELECT count(*) AS count FROM messages WHERE conversation_sid = $1 AND idx > $2 AND removed
   AND EXISTS (SELECT 1 FROM conversations WHERE sid = $1)`,
)

/** What a send is known by. */
export interface SendKey {
  readonly conversationSid: string
  readonly author: string
  readonly key: string
}

/** Reads messages: each row is its own log entry, and stays as a tombstone when the message is removed. */
export const messageTable = {
  async find(database: Querier, conversationSid: string, index: number): Promise<MessageRecord | undefined> {
    const [row] = await database.rows(BY_INDEX, [conversationSid, index])
    return row && toStored(row)
  },

  /** A SID that derives leads to the index; only others are looked up. */
  async findBySid(database: Querier, conversationSid: string, sid: string): Promise<MessageRecord | undefined> {
    const index = messageIndexOf(conversationSid, sid)
    const derived = index === undefined ? undefined : await messageTable.find(database, conversationSid, index)
    if (derived?.sid === sid) return derived
    const [row] = await database.rows(BY_OWN_SID, [conversationSid, sid])
    return row && toStored(row)
  },

  async findByKey(database: Querier, { conversationSid, author, key }: SendKey): Promise<MessageRecord | undefined> {
    const [row] = await database.rows(BY_KEY, [conversationSid, author, key])
    return row && toStored(row)
  },

  async findByKeys(database: Querier, keys: readonly SendKey[]): Promise<MessageRecord[]> {
    const columns = [keys.map((one) => one.conversationSid), keys.map((one) => one.author), keys.map((one) => one.key)]
    return (await database.rows(BY_KEYS, columns)).map(toStored)
  },

  async page(database: Querier, conversationSid: string, { from, direction, limit }: MessageRange): Promise<MessageRecord[]> {
    const statement = direction === 'backwards' ? BACKWARDS : FORWARD
    return (await database.rows(statement, [conversationSid, from, limit])).map(toStored)
  },

  /**
   * Messages and tombstones that were stored in a part of the log. Revisions rise with the indexes and each message took one, so
   * the indexes of the part lie between bounds and no index by revision is needed.
   */
  async stored(database: Querier, conversation: ConversationRecord, range: LogRange): Promise<MessageRecord[]> {
    const { sid, revision, nextIndex } = conversation
    const { after, through } = range
    const last = Math.min(nextIndex, through)
    let first = Math.max(0, nextIndex - (revision - after))
    // Wide bounds have many changes between the messages.
    if (last - first > 4 * (through - after)) first = await firstAfter(database, sid, after, [first, last])
    const end = Math.min(last, first + (through - after))
    const isTight = last - first <= 4 * (through - after)
    return (await database.rows(STORED, [sid, first, isTight ? last : end, after, through])).map(toStored)
  },

  async tombstonesAbove(database: Querier, conversationSid: string, index: number): Promise<number> {
    const [row] = await database.rows(TOMBSTONES, [conversationSid, index])
    return row?.count as number
  },
}

/** The lowest index of what was stored after a revision, found by halving. */
async function firstAfter(database: Querier, sid: string, revision: number, bounds: readonly [number, number]): Promise<number> {
  let [low, high] = bounds
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [row] = await database.rows(REVISION_FROM, [sid, middle])
    if (row === undefined || (row.revision as number) > revision) high = middle
    else low = (row.idx as number) + 1
  }
  return low
}

const toStored = (row: Row): MessageRecord => toMessage(row, row.conversation_sid as string)

import { type BindingRecord, type ConversationRange, type ConversationRecord, nextTransition } from '@conversa/core'
import type { ConversationEvent } from '@conversa/protocol'
import type { LogRange } from '../../event-log.ts'
import { toConversation } from '../../rows/conversation-row.ts'
import type { LockedConversation } from '../commit/fact-cache.ts'
import { prepared, type Querier } from '../connection.ts'
import { type Table, table } from './table.ts'

const COLUMNS = [
  'sid',
  'service_sid',
  'unique_name',
  'friendly_name',
  'attributes',
  'created_by',
  'state',
  'state_updated',
  'timer_inactive',
  'timer_closed',
  'timers_since',
  'due',
  'date_created',
  'date_updated',
  'revision',
  'next_index',
  'messages_count',
  'participants_count',
  'non_chat_count',
  'last_message_index',
  'last_message_date',
  'activity',
  'messaging_service_sid',
  'email_address',
  'email_name',
] as const

/** Written as records: in a group many sends write the same conversation. */
export const CONVERSATIONS: Table = {
  ...table('conversations', COLUMNS, ['sid']),
  rowOf: (record) => conversationRow(record as ConversationRecord),
}
/** Names have a table of their own: their uniqueness is one of the service, the rest of a conversation is found by its SID. */
export const CONVERSATION_NAMES = table(
  'conversation_names',
  ['service_sid', 'unique_name', 'conversation_sid'],
  ['conversation_sid'],
)
export const CONVERSATION_EVENTS = table(
  'conversation_events',
  ['conversation_sid', 'revision', 'event'],
  ['conversation_sid', 'revision'],
)

/** The columns of a conversation, for joins where it is called `c`. */
export const CONVERSATION_FIELDS = COLUMNS.map((column) => `c.${column} AS ${column}`).join(', ')

const BY_SIDS = prepared('conversations by sids', `SELECT ${CONVERSATIONS.columns} FROM conversations WHERE sid = ANY($1)`)
/** Locked in the order of their SIDs; whoever waited gets the row as it is then. With it come who wrote it, and who would now. */
const LOCK = prepared(
  'conversations lock',
  `SELECT ${CONVERSATIONS.columns}, xmin::text AS version, pg_current_xact_id()::xid::text AS transaction FROM conversations WHERE sid = ANY($1) ORDER BY sid FOR NO KEY UPDATE`,
)
const BY_NAME = prepared(
  'conversation by name',
  `SELECT ${CONVERSATION_FIELDS} FROM conversation_names n JOIN conversations c ON c.sid = n.conversation_sid
   WHERE n.service_sid = $1 AND n.unique_name = $2`,
)
const PAGE = prepared(
  'conversations page',
  `SELECT ${CONVERSATIONS.columns} FROM conversations WHERE service_sid = $1 AND date_created BETWEEN $2 AND $3
   AND (date_created, sid) < ($4, $5) AND ($6::text IS NULL OR state = $6) ORDER BY date_created DESC, sid DESC LIMIT $7`,
)
const DUE = prepared(
  'conversations due',
  `SELECT ${CONVERSATIONS.columns} FROM conversations WHERE due <= $1 ORDER BY due, sid LIMIT $2`,
)
const OPEN_OF_ADDRESSES = prepared(
  'conversations of addresses',
  `SELECT ${CONVERSATION_FIELDS} FROM participants p JOIN conversations c ON c.sid = p.conversation_sid
   WHERE p.address = $1 AND p.proxy_address IS NOT DISTINCT FROM $2 AND c.state <> 'closed' ORDER BY c.date_created, c.sid`,
)
const LOGGED = prepared(
  'conversation events',
  'SELECT event FROM conversation_events WHERE conversation_sid = $1 AND revision > $2 AND revision <= $3 ORDER BY revision',
)

/** Conversations that a transaction has locked. */
export interface Locks {
  readonly locked: readonly LockedConversation[]
  /** The version of what the transaction writes; undefined when none was locked. */
  readonly transaction: string | undefined
}

/** Reads conversations and what was logged in them. */
export const conversationTable = {
  async find(database: Querier, sid: string): Promise<ConversationRecord | undefined> {
    const [row] = await database.rows(BY_SIDS, [[sid]])
    return row && toConversation(row)
  },

  /** Locks those that are there, for as long as the transaction lasts. */
  async lock(database: Querier, sids: readonly string[]): Promise<Locks> {
    const rows = await database.rows(LOCK, [sids])
    const locked = rows.map((row) => ({ record: toConversation(row), version: row.version as string }))
    return { locked, transaction: rows[0]?.transaction as string | undefined }
  },

  async findByName(database: Querier, serviceSid: string, uniqueName: string): Promise<ConversationRecord | undefined> {
    const [row] = await database.rows(BY_NAME, [serviceSid, uniqueName])
    return row && toConversation(row)
  },

  async page(database: Querier, serviceSid: string, range: ConversationRange): Promise<ConversationRecord[]> {
    const { after, from = 0, to = Number.MAX_SAFE_INTEGER, state = null, limit } = range
    const place = after ? [after.dateCreated, after.sid] : [Number.MAX_SAFE_INTEGER, '']
    return (await database.rows(PAGE, [serviceSid, from, to, ...place, state, limit])).map(toConversation)
  },

  async due(database: Querier, by: number, limit: number): Promise<ConversationRecord[]> {
    return (await database.rows(DUE, [by, limit])).map(toConversation)
  },

  async openOf(
    database: Querier,
    { address, proxyAddress }: Pick<BindingRecord, 'address' | 'proxyAddress'>,
  ): Promise<ConversationRecord[]> {
    return (await database.rows(OPEN_OF_ADDRESSES, [address, proxyAddress])).map(toConversation)
  },

  async logged(database: Querier, sid: string, { after, through }: LogRange): Promise<ConversationEvent[]> {
    return (await database.rows(LOGGED, [sid, after, through])).map(({ event }) => JSON.parse(event as string))
  },
}

/** The row of a conversation. When its next transition is due is an index of what the record says. */
function conversationRow(record: ConversationRecord): object {
  const { timers, lastMessage } = record
  return {
    sid: record.sid,
    service_sid: record.serviceSid,
    unique_name: record.uniqueName,
    friendly_name: record.friendlyName,
    attributes: record.attributes,
    created_by: record.createdBy,
    state: record.state,
    state_updated: record.stateUpdated,
    timer_inactive: timers?.inactive ?? null,
    timer_closed: timers?.closed ?? null,
    timers_since: timers?.since ?? null,
    due: timers ? (nextTransition(record)?.at ?? null) : null,
    date_created: record.dateCreated,
    date_updated: record.dateUpdated,
    revision: record.revision,
    next_index: record.nextIndex,
    messages_count: record.messagesCount,
    participants_count: record.participantsCount,
    non_chat_count: record.nonChatCount,
    last_message_index: lastMessage?.index ?? null,
    last_message_date: lastMessage?.dateCreated ?? null,
    activity: record.activity,
    messaging_service_sid: record.messagingServiceSid,
    email_address: record.email?.address ?? null,
    email_name: record.email?.name ?? null,
  }
}

import type { MembershipRow, ParticipantRecord, ParticipationCursor, UserKey } from '@conversa/core'
import type { KnownRevision, ListCursor } from '@conversa/protocol'
import { toMembership, toParticipant } from '../../rows/participant-row.ts'
import { LAST_TEXT, type Row } from '../../rows/row.ts'
import { plannedAnew, prepared, type Querier } from '../connection.ts'
import { CONVERSATION_FIELDS } from './conversation-table.ts'
import { table } from './table.ts'

const COLUMNS = [
  'conversation_sid',
  'sid',
  'service_sid',
  'identity',
  'role_sid',
  'attributes',
  'notification_level',
  'last_read_message_index',
  'last_read_timestamp',
  'date_created',
  'date_updated',
  'address',
  'proxy_address',
  'display_name',
  'email_level',
  'projected_address',
  'thread',
] as const

const OWN = COLUMNS.filter((column) => column !== 'service_sid')
/** The service is that of the conversation, whose row is written before. */
const SAVE = `INSERT INTO participants (${OWN.join(', ')}, service_sid)
  SELECT ${OWN.map((column) => `g.${column}`).join(', ')}, c.service_sid
  FROM json_populate_recordset(null::participants, $1::json) g LEFT JOIN conversations c ON c.sid = g.conversation_sid
  ON CONFLICT (conversation_sid, sid) DO UPDATE SET ${OWN.map((column) => `${column} = excluded.${column}`).join(', ')}`

export const PARTICIPANTS = {
  ...table('participants', COLUMNS, ['conversation_sid', 'sid']),
  save: prepared('participants save', SAVE),
}

export const FIELDS = COLUMNS.map((column) => `p.${column} AS p_${column}`).join(', ')
const MEMBERSHIPS = `SELECT ${CONVERSATION_FIELDS}, ${FIELDS} FROM participants p JOIN conversations c ON c.sid = p.conversation_sid`

const BY_SID = prepared('participant by sid', `SELECT ${FIELDS} FROM participants p WHERE p.conversation_sid = $1 AND p.sid = $2`)
/** Of many conversations at once. */
const BY_IDENTITIES = prepared(
  'participants by identities',
  `SELECT ${FIELDS} FROM participants p
   WHERE (p.conversation_sid, p.identity) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
)
const AT = prepared(
  'participant at address',
  `SELECT ${FIELDS} FROM participants p WHERE p.conversation_sid = $1 AND p.address = $2
   AND ($3::text IS NULL OR p.proxy_address = $3) ORDER BY p.sid LIMIT 1`,
)
const PAGE = prepared(
  'participants page',
  `SELECT ${FIELDS} FROM participants p WHERE p.conversation_sid = $1 AND p.sid > $2 ORDER BY p.sid LIMIT $3`,
)
const NON_CHAT = prepared(
  'participants outside',
  `SELECT ${FIELDS} FROM participants p WHERE p.conversation_sid = $1 AND p.address IS NOT NULL ORDER BY p.sid`,
)
const REVISIONS_OF_USER = plannedAnew(
  `SELECT c.sid, c.revision FROM participants p JOIN conversations c ON c.sid = p.conversation_sid
   WHERE p.service_sid = $1 AND p.identity = $2`,
)
/** Sorts keys alone: whole rows of thousands of memberships take several times as long. */
const MEMBERSHIPS_OF_USER = plannedAnew(
  `WITH page AS MATERIALIZED (
     SELECT p.conversation_sid, p.sid FROM participants p JOIN conversations c ON c.sid = p.conversation_sid
     WHERE p.service_sid = $1 AND p.identity = $2 AND (c.activity, c.sid) < ($3, $4)
     ORDER BY c.activity DESC, c.sid DESC LIMIT $5
   )
   ${MEMBERSHIPS} JOIN page ON page.conversation_sid = p.conversation_sid AND page.sid = p.sid
   ORDER BY c.activity DESC, c.sid DESC`,
)
const MEMBERSHIPS_BY_SID = plannedAnew(
  `${MEMBERSHIPS} WHERE p.service_sid = $1 AND p.identity = $2 AND p.conversation_sid > $3 ORDER BY p.conversation_sid LIMIT $4`,
)
const MEMBERSHIPS_BEFORE = plannedAnew(
  `${MEMBERSHIPS} WHERE p.service_sid = $1 AND p.identity = $2 AND p.conversation_sid < $3
   ORDER BY p.conversation_sid DESC LIMIT $4`,
)
const PARTICIPATIONS_AT = plannedAnew(
  `${MEMBERSHIPS} WHERE p.service_sid = $1 AND p.address = $2 AND (p.conversation_sid, p.sid) > ($3, $4)
   ORDER BY p.conversation_sid, p.sid LIMIT $5`,
)
export const REMOVE_PARTICIPANTS = prepared(
  'participants of conversation remove',
  'DELETE FROM participants WHERE conversation_sid = $1',
)

/** Somebody in a conversation. */
export interface MemberKey {
  readonly conversationSid: string
  readonly identity: string
}

/** Reads who is in which conversation. */
export const participantTable = {
  async find(database: Querier, conversationSid: string, sid: string): Promise<ParticipantRecord | undefined> {
    const [row] = await database.rows(BY_SID, [conversationSid, sid])
    return row && toStored(row)
  },

  async findOf(database: Querier, members: readonly MemberKey[]): Promise<ParticipantRecord[]> {
    const columns = [members.map((one) => one.conversationSid), members.map((one) => one.identity)]
    return (await database.rows(BY_IDENTITIES, columns)).map(toStored)
  },

  async findAt(
    database: Querier,
    conversationSid: string,
    address: string,
    proxyAddress: string | undefined,
  ): Promise<ParticipantRecord | undefined> {
    const [row] = await database.rows(AT, [conversationSid, address, proxyAddress ?? null])
    return row && toStored(row)
  },

  async page(database: Querier, conversationSid: string, after: string, limit: number): Promise<ParticipantRecord[]> {
    return (await database.rows(PAGE, [conversationSid, after, limit])).map(toStored)
  },

  async nonChat(database: Querier, conversationSid: string): Promise<ParticipantRecord[]> {
    return (await database.rows(NON_CHAT, [conversationSid])).map(toStored)
  },

  async revisionsOf(database: Querier, { serviceSid, identity }: UserKey): Promise<KnownRevision[]> {
    const rows = await database.rows(REVISIONS_OF_USER, [serviceSid, identity])
    return rows.map(({ sid, revision }) => ({ conversationSid: sid as string, revision: revision as number }))
  },

  /** Sorted when asked for: a send touches none of them. */
  async membershipsOf(
    database: Querier,
    { serviceSid, identity }: UserKey,
    after: ListCursor | undefined,
    limit: number,
  ): Promise<MembershipRow[]> {
    const { activity, conversationSid } = after ?? { activity: Number.MAX_SAFE_INTEGER, conversationSid: '' }
    const values = [serviceSid, identity, activity, conversationSid, limit]
    return (await database.rows(MEMBERSHIPS_OF_USER, values)).map(toMembership)
  },

  async membershipsBySid(
    database: Querier,
    { serviceSid, identity }: UserKey,
    after: string,
    limit: number,
  ): Promise<MembershipRow[]> {
    return (await database.rows(MEMBERSHIPS_BY_SID, [serviceSid, identity, after, limit])).map(toMembership)
  },

  async membershipsBefore(
    database: Querier,
    { serviceSid, identity }: UserKey,
    before: string | undefined,
    limit: number,
  ): Promise<MembershipRow[]> {
    return (await database.rows(MEMBERSHIPS_BEFORE, [serviceSid, identity, before ?? LAST_TEXT, limit])).map(toMembership)
  },

  async participationsAt(
    database: Querier,
    { serviceSid, address }: { readonly serviceSid: string; readonly address: string },
    after: ParticipationCursor | undefined,
    limit: number,
  ): Promise<MembershipRow[]> {
    const { conversationSid, participantSid } = after ?? { conversationSid: '', participantSid: '' }
    const values = [serviceSid, address, conversationSid, participantSid, limit]
    return (await database.rows(PARTICIPATIONS_AT, values)).map(toMembership)
  },
}

export function participantRow(record: ParticipantRecord): object {
  const { binding } = record
  return {
    conversation_sid: record.conversationSid,
    sid: record.sid,
    identity: record.identity,
    role_sid: record.roleSid,
    attributes: record.attributes,
    notification_level: record.notificationLevel,
    last_read_message_index: record.lastReadMessageIndex,
    last_read_timestamp: record.lastReadTimestamp,
    date_created: record.dateCreated,
    date_updated: record.dateUpdated,
    address: binding?.address ?? null,
    proxy_address: binding?.proxyAddress ?? null,
    display_name: binding?.name ?? null,
    email_level: binding?.level ?? null,
    projected_address: record.projectedAddress,
    thread: record.thread && JSON.stringify(record.thread),
  }
}

const toStored = (row: Row): ParticipantRecord => toParticipant(row, row.p_conversation_sid as string)

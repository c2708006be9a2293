import type { UserKey, UserRecord } from '@conversa/core'
import type { UserEvent } from '@conversa/protocol'
import type { LogRange } from '../../event-log.ts'
import { toUser } from '../../rows/user-row.ts'
import { prepared, type Querier } from '../connection.ts'
import { table } from './table.ts'

const COLUMNS = [
  'service_sid',
  'identity',
  'sid',
  'role_sid',
  'friendly_name',
  'attributes',
  'date_created',
  'date_updated',
  'revision',
] as const
const FIELDS = COLUMNS.map((column) => `u.${column} AS ${column}`).join(', ')

export const USERS = table('users', COLUMNS, ['service_sid', 'identity'])
export const USER_EVENTS = table(
  'user_events',
  ['service_sid', 'identity', 'revision', 'event'],
  ['service_sid', 'identity', 'revision'],
)
export const DEPARTED_USERS = table('departed_users', ['service_sid', 'identity', 'revision'], ['service_sid', 'identity'])

const OF_KEYS = `SELECT ${USERS.columns} FROM users
  WHERE (service_sid, identity) IN (SELECT * FROM unnest($1::text[], $2::text[]))`
const BY_KEYS = prepared('users by keys', OF_KEYS)
/**
 * Those who are not as they were known, or not there any more: then all but the key is null. And those under whose owner answers are kept:
 * that is asked here since every send asks it, and a statement of its own would be one more for every group.
 */
const CHANGED = prepared(
  'users changed',
  `SELECT k.service_sid AS key_service_sid, k.identity AS key_identity, kept.owns, ${FIELDS}
   FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) AS k(service_sid, identity, revision, owner)
   LEFT JOIN users u ON u.service_sid = k.service_sid AND u.identity = k.identity
   CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM answers WHERE answers.owner = k.owner) AS owns) AS kept
   WHERE u.revision IS DISTINCT FROM k.revision OR kept.owns`,
)
/** Locked in one order; whoever waited gets the row as it is then. */
const LOCK = prepared('users lock', `${OF_KEYS} ORDER BY service_sid, identity FOR NO KEY UPDATE`)
const BY_SID = prepared('user by sid', `SELECT ${USERS.columns} FROM users WHERE service_sid = $1 AND sid = $2`)
const HAS = prepared('user of any service', 'SELECT EXISTS (SELECT 1 FROM users WHERE sid = $1) AS found')
const PAGE = prepared(
  'users page',
  `SELECT ${USERS.columns} FROM users WHERE service_sid = $1 AND sid > $2 ORDER BY sid LIMIT $3`,
)
const DEPARTED = prepared('departed revision', 'SELECT revision FROM departed_users WHERE service_sid = $1 AND identity = $2')
const LOGGED = prepared(
  'user events',
  `SELECT event FROM user_events WHERE service_sid = $1 AND identity = $2 AND revision > $3 AND revision <= $4
   AND EXISTS (SELECT 1 FROM users WHERE service_sid = $1 AND identity = $2) ORDER BY revision`,
)
export const REMOVE_USER = prepared('user remove', 'DELETE FROM users WHERE service_sid = $1 AND identity = $2')
export const REMOVE_USER_EVENTS = prepared(
  'user events remove',
  'DELETE FROM user_events WHERE service_sid = $1 AND identity = $2',
)

const columnsOf = (keys: readonly UserKey[]) => [keys.map((key) => key.serviceSid), keys.map((key) => key.identity)]

/** Reads users and the log of their own scope. */
export const userTable = {
  async find(database: Querier, keys: readonly UserKey[]): Promise<UserRecord[]> {
    return (await database.rows(BY_KEYS, columnsOf(keys))).map(toUser)
  },

  /**
   * Of users who are known up to a revision, or not (null), those who are not as they were; `user` is undefined when they are not there.
   * Also those under whose owner (null is none) something is kept.
   */
  async changed(
    database: Querier,
    keys: readonly UserKey[],
    revisions: readonly (number | null)[],
    owners: readonly (string | null)[],
  ): Promise<{ readonly key: UserKey; readonly user: UserRecord | undefined; readonly owns: boolean }[]> {
    const rows = await database.rows(CHANGED, [...columnsOf(keys), revisions, owners])
    return rows.map((row) => ({
      key: { serviceSid: row.key_service_sid as string, identity: row.key_identity as string },
      user: row.sid === null ? undefined : toUser(row),
      owns: row.owns as boolean,
    }))
  },

  /** Locks those that are there, for as long as the transaction lasts. */
  async lock(database: Querier, keys: readonly UserKey[]): Promise<UserRecord[]> {
    return (await database.rows(LOCK, columnsOf(keys))).map(toUser)
  },

  async findBySid(database: Querier, serviceSid: string, sid: string): Promise<UserRecord | undefined> {
    const [row] = await database.rows(BY_SID, [serviceSid, sid])
    return row && toUser(row)
  },

  async has(database: Querier, sid: string): Promise<boolean> {
    const [row] = await database.rows(HAS, [sid])
    return row?.found as boolean
  },

  async page(database: Querier, serviceSid: string, after: string, limit: number): Promise<UserRecord[]> {
    return (await database.rows(PAGE, [serviceSid, after, limit])).map(toUser)
  },

  async departedRevision(database: Querier, { serviceSid, identity }: UserKey): Promise<number> {
    const [row] = await database.rows(DEPARTED, [serviceSid, identity])
    return (row?.revision as number | undefined) ?? 0
  },

  async logged(database: Querier, { serviceSid, identity }: UserKey, { after, through }: LogRange): Promise<UserEvent[]> {
    const rows = await database.rows(LOGGED, [serviceSid, identity, after, through])
    return rows.map(({ event }) => JSON.parse(event as string))
  },
}

export function userRow(record: UserRecord): object {
  return {
    service_sid: record.serviceSid,
    identity: record.identity,
    sid: record.sid,
    role_sid: record.roleSid,
    friendly_name: record.friendlyName,
    attributes: record.attributes,
    date_created: record.dateCreated,
    date_updated: record.dateUpdated,
    revision: record.revision,
  }
}

import type { AccountRecord, KeptAnswer, RoleRecord, ServiceRecord } from '@conversa/core'
import type { Row } from '../../rows/row.ts'
import { toRole, toService } from '../../rows/service-row.ts'
import { prepared, type Querier } from '../connection.ts'
import { table } from './table.ts'

export const SERVICES = table(
  'services',
  [
    'sid',
    'account_sid',
    'friendly_name',
    'default_service_role_sid',
    'default_conversation_role_sid',
    'default_creator_role_sid',
    'reachability_enabled',
    'notifications',
    'date_created',
    'date_updated',
  ],
  ['sid'],
)
export const ROLES = table(
  'roles',
  ['service_sid', 'sid', 'type', 'friendly_name', 'permissions', 'date_created', 'date_updated'],
  ['service_sid', 'sid'],
)
export const ACCOUNTS = table(
  'accounts',
  ['sid', 'default_service_sid', 'timer_inactive', 'timer_closed', 'default_messaging_service_sid'],
  ['sid'],
)
export const ANSWERS = table('answers', ['owner', 'key', 'fingerprint', 'answer', 'date_created', 'expires'], ['owner', 'key'])

const BY_SIDS = prepared('services by sids', `SELECT ${SERVICES.columns} FROM services WHERE sid = ANY($1)`)
const PAGE = prepared(
  'services page',
  `SELECT ${SERVICES.columns} FROM services WHERE account_sid = $1 AND sid > $2 ORDER BY sid LIMIT $3`,
)
const ROLES_OF = prepared('roles of services', `SELECT ${ROLES.columns} FROM roles WHERE service_sid = ANY($1)`)
const HELD = prepared(
  'role held',
  `SELECT EXISTS (SELECT 1 FROM users WHERE service_sid = $1 AND role_sid = $2)
     OR EXISTS (SELECT 1 FROM participants WHERE service_sid = $1 AND role_sid = $2) AS held`,
)
const ACCOUNT = prepared('account by sid', `SELECT ${ACCOUNTS.columns} FROM accounts WHERE sid = $1`)
const ANSWERS_BY_KEYS = prepared(
  'answers by keys',
  `SELECT ${ANSWERS.columns} FROM answers WHERE (owner, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
)
const OWNERS = prepared(
  'owners of answers',
  'SELECT owner FROM unnest($1::text[]) AS asked (owner) WHERE EXISTS (SELECT FROM answers WHERE answers.owner = asked.owner)',
)
export const REMOVE_ROLES = prepared('roles of service remove', 'DELETE FROM roles WHERE service_sid = $1')
/**
 * Rows that somebody else forgets at this moment are left to them. What is to go is found once: as a part of a condition it may be looked
 * for again with each row, and finds others then.
 */
export const FORGET_ANSWERS = prepared(
  'answers forget',
  `WITH expired AS MATERIALIZED
     (SELECT owner, key FROM answers WHERE expires <= $1 ORDER BY expires LIMIT $2 FOR UPDATE SKIP LOCKED)
   DELETE FROM answers USING expired WHERE (answers.owner, answers.key) = (expired.owner, expired.key)`,
)

/** What an answer is kept under. */
export interface AnswerKey {
  readonly owner: string
  readonly key: string
}

/** Reads services with their roles, accounts, and answers to commands with a key. */
export const serviceTable = {
  async find(database: Querier, sids: readonly string[]): Promise<ServiceRecord[]> {
    return (await database.rows(BY_SIDS, [sids])).map(toService)
  },

  async page(database: Querier, accountSid: string, after: string, limit: number): Promise<ServiceRecord[]> {
    return (await database.rows(PAGE, [accountSid, after, limit])).map(toService)
  },

  async roles(database: Querier, serviceSids: readonly string[]): Promise<RoleRecord[]> {
    return (await database.rows(ROLES_OF, [serviceSids])).map(toRole)
  },

  /** Looks through all users and participants of the service: nobody does this often. */
  async isRoleHeld(database: Querier, serviceSid: string, roleSid: string): Promise<boolean> {
    const [row] = await database.rows(HELD, [serviceSid, roleSid])
    return row?.held as boolean
  },

  async account(database: Querier, sid: string): Promise<AccountRecord | undefined> {
    const [row] = await database.rows(ACCOUNT, [sid])
    return row && toAccount(row)
  },

  async answers(database: Querier, keys: readonly AnswerKey[]): Promise<(AnswerKey & { readonly kept: KeptAnswer })[]> {
    const rows = await database.rows(ANSWERS_BY_KEYS, [keys.map(({ owner }) => owner), keys.map(({ key }) => key)])
    return rows.map((row) => ({ owner: row.owner as string, key: row.key as string, kept: toAnswer(row) }))
  },

  /** @returns those under whom something is kept */
  async owners(database: Querier, owners: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set((await database.rows(OWNERS, [owners])).map(({ owner }) => owner as string))
  },
}

export function serviceRow(record: ServiceRecord): object {
  return {
    sid: record.sid,
    account_sid: record.accountSid,
    friendly_name: record.friendlyName,
    default_service_role_sid: record.defaultServiceRoleSid,
    default_conversation_role_sid: record.defaultConversationRoleSid,
    default_creator_role_sid: record.defaultCreatorRoleSid,
    reachability_enabled: record.reachabilityEnabled,
    notifications: JSON.stringify(record.notifications),
    date_created: record.dateCreated,
    date_updated: record.dateUpdated,
  }
}

export function roleRow(record: RoleRecord): object {
  return {
    service_sid: record.serviceSid,
    sid: record.sid,
    type: record.type,
    friendly_name: record.friendlyName,
    permissions: JSON.stringify(record.permissions),
    date_created: record.dateCreated,
    date_updated: record.dateUpdated,
  }
}

export function accountRow({ sid, defaultServiceSid, inactive, closed, defaultMessagingServiceSid }: AccountRecord): object {
  const messaging = { default_messaging_service_sid: defaultMessagingServiceSid }
  return { sid, default_service_sid: defaultServiceSid, timer_inactive: inactive, timer_closed: closed, ...messaging }
}

export function answerRow({ owner, key }: AnswerKey, { fingerprint, answer, dateCreated, expires }: KeptAnswer): object {
  return { owner, key, fingerprint, answer, date_created: dateCreated, expires: expires ?? null }
}

function toAnswer(row: Row): KeptAnswer {
  const { fingerprint, answer, date_created, expires } = row
  const kept = { fingerprint: fingerprint as string, answer: answer as string, dateCreated: date_created as number }
  return expires === null ? kept : { ...kept, expires: expires as number }
}

function toAccount(row: Row): AccountRecord {
  return {
    sid: row.sid as string,
    defaultServiceSid: row.default_service_sid as string | null,
    inactive: row.timer_inactive as number | null,
    closed: row.timer_closed as number | null,
    defaultMessagingServiceSid: row.default_messaging_service_sid as string | null,
  }
}

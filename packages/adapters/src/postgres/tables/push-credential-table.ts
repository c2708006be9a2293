import type { PushCredentialRecord } from '@conversa/core'
import { toPushCredential } from '../../rows/push-credential-row.ts'
import { prepared, type Querier } from '../connection.ts'
import { table } from './table.ts'

export const PUSH_CREDENTIALS = table(
  'push_credentials',
  ['account_sid', 'sid', 'friendly_name', 'secret', 'date_created', 'date_updated'],
  ['account_sid', 'sid'],
)

const SELECT = `SELECT ${PUSH_CREDENTIALS.columns} FROM push_credentials WHERE account_sid = $1`
const FIND = prepared('push credential by sid', `${SELECT} AND sid = $2`)
const LOCK = prepared('push credential by sid, locked', `${SELECT} AND sid = $2 FOR UPDATE`)
const PAGE = prepared('push credentials page', `${SELECT} AND sid > $2 ORDER BY sid LIMIT $3`)
export const REMOVE_PUSH_CREDENTIAL = prepared('push credential remove', 'DELETE FROM push_credentials WHERE sid = $1')

/** Reads what accounts push with. */
export const pushCredentialTable = {
  /** @param locks whether nobody else is to change it before the transaction ends */
  async find(database: Querier, accountSid: string, sid: string, locks: boolean): Promise<PushCredentialRecord | undefined> {
    const [row] = await database.rows(locks ? LOCK : FIND, [accountSid, sid])
    return row && toPushCredential(row)
  },

  async page(database: Querier, accountSid: string, after: string, limit: number): Promise<PushCredentialRecord[]> {
    return (await database.rows(PAGE, [accountSid, after, limit])).map(toPushCredential)
  },
}

export function pushCredentialRow(record: PushCredentialRecord): object {
  return {
    account_sid: record.accountSid,
    sid: record.sid,
    friendly_name: record.friendlyName,
    secret: JSON.stringify(record.secret),
    date_created: record.dateCreated,
    date_updated: record.dateUpdated,
  }
}

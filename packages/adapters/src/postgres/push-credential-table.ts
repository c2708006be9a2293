import type { PushCredentialRecord } from '@conversa/core'
import { prepared, type Querier, type Row } from './connection.ts'
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
    return row && toRecord(row)
  },

  async page(database: Querier, accountSid: string, after: string, limit: number): Promise<PushCredentialRecord[]> {
    return (await database.rows(PAGE, [accountSid, after, limit])).map(toRecord)
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

function toRecord(row: Row): PushCredentialRecord {
  return {
    sid: row.sid as string,
    accountSid: row.account_sid as string,
    friendlyName: row.friendly_name as string | null,
    secret: JSON.parse(row.secret as string),
    dateCreated: row.date_created as number,
    dateUpdated: row.date_updated as number,
  }
}

import type { AddressPair, OptOutRecord } from '@conversa/core'
import { toOptOut } from '../rows/opt-out-row.ts'
import { prepared, type Querier } from './connection.ts'
import { table } from './table.ts'

export const OPT_OUTS = table(
  'opt_outs',
  ['account_sid', 'proxy_address', 'address', 'date_created'],
  ['account_sid', 'proxy_address', 'address'],
)

const FIND = prepared(
  'opt-out',
  `SELECT ${OPT_OUTS.columns} FROM opt_outs WHERE account_sid = $1 AND proxy_address = $2 AND address = $3`,
)

const PAGE = prepared(
  'opt-outs',
  `SELECT ${OPT_OUTS.columns} FROM opt_outs WHERE account_sid = $1 AND (proxy_address, address) > ($2, $3)
   ORDER BY proxy_address, address LIMIT $4`,
)

/** Reads who wants nothing more from which address. */
export const optOutTable = {
  async find(database: Querier, accountSid: string, { proxyAddress, address }: AddressPair): Promise<OptOutRecord | undefined> {
    const [row] = await database.rows(FIND, [accountSid, proxyAddress, address])
    return row && toOptOut(row)
  },

  async page(database: Querier, accountSid: string, after: AddressPair | undefined, limit: number): Promise<OptOutRecord[]> {
    const rows = await database.rows(PAGE, [accountSid, after?.proxyAddress ?? '', after?.address ?? '', limit])
    return rows.map(toOptOut)
  },
}

export function optOutKey(accountSid: string, { proxyAddress, address }: AddressPair): object {
  return { account_sid: accountSid, proxy_address: proxyAddress, address }
}

export function optOutRow(record: OptOutRecord): object {
  return { ...optOutKey(record.accountSid, record), date_created: record.dateCreated }
}

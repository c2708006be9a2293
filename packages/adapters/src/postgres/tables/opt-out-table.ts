import type { AddressPair, OptOutAnswerRecord, OptOutRecord } from '@conversa/core'
import { toOptOut, toOptOutAnswer } from '../../rows/opt-out-row.ts'
import { prepared, type Querier } from '../connection.ts'
import { table } from './table.ts'

export const OPT_OUTS = table(
  'opt_outs',
  ['account_sid', 'proxy_address', 'address', 'date_created'],
  ['account_sid', 'proxy_address', 'address'],
)

export const OPT_OUT_ANSWERS = table(
  'opt_out_answers',
  ['account_sid', 'proxy_address', 'address', 'word', 'date_created'],
  ['account_sid', 'proxy_address', 'address', 'word'],
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

const ANSWER = prepared(
  'opt-out answer',
  `SELECT ${OPT_OUT_ANSWERS.columns} FROM opt_out_answers
   WHERE account_sid = $1 AND proxy_address = $2 AND address = $3 AND word = $4`,
)
/** What another node writes or removes at this moment is its own. */
export const REMOVE_OLD_OPT_OUT_ANSWERS = prepared(
  'opt-out answers expire',
  `DELETE FROM opt_out_answers WHERE (account_sid, proxy_address, address, word) IN
     (SELECT account_sid, proxy_address, address, word FROM opt_out_answers WHERE date_created <= $1 FOR UPDATE SKIP LOCKED)`,
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

  async answer(
    database: Querier,
    accountSid: string,
    { proxyAddress, address }: AddressPair,
    word: string,
  ): Promise<OptOutAnswerRecord | undefined> {
    const [row] = await database.rows(ANSWER, [accountSid, proxyAddress, address, word])
    return row && toOptOutAnswer(row)
  },
}

export function optOutKey(accountSid: string, { proxyAddress, address }: AddressPair): object {
  return { account_sid: accountSid, proxy_address: proxyAddress, address }
}

export function optOutRow(record: OptOutRecord): object {
  return { ...optOutKey(record.accountSid, record), date_created: record.dateCreated }
}

export function optOutAnswerRow(record: OptOutAnswerRecord): object {
  return { ...optOutRow(record), word: record.word }
}

import type { OptOutAnswerRecord, OptOutRecord } from '@conversa/core'
import type { Row } from './row.ts'

/** Somebody who wants nothing more from an address. */
export function toOptOut(row: Row): OptOutRecord {
  return {
    accountSid: row.account_sid as string,
    proxyAddress: row.proxy_address as string,
    address: row.address as string,
    dateCreated: row.date_created as number,
  }
}

/** When somebody was last told something who wrote a word. */
export function toOptOutAnswer(row: Row): OptOutAnswerRecord {
  return { ...toOptOut(row), word: row.word as OptOutAnswerRecord['word'] }
}

import type { StatementSync } from 'node:sqlite'
import type { AddressPair, OptOutAnswerRecord, OptOutRecord } from '@conversa/core'
import { toOptOut, toOptOutAnswer } from '../../rows/opt-out-row.ts'
import type { Select, Statements } from '../statements.ts'

/** Who wants nothing more from which address. */
export class OptOutTable {
  readonly #find: Select
  readonly #page: Select
  readonly #save: StatementSync
  readonly #remove: StatementSync
  readonly #answer: Select
  readonly #saveAnswer: StatementSync
  readonly #removeOldAnswers: StatementSync

  constructor(database: Statements) {
    const same = 'account_sid = ? AND proxy_address = ? AND address = ?'
    this.#find = database.select(`SELECT * FROM opt_outs WHERE ${same}`, { opt_outs: '' })
    const behind = 'account_sid = ? AND (proxy_address, address) > (?, ?)'
    const ordered = `SELECT * FROM opt_outs WHERE ${behind} ORDER BY proxy_address, address LIMIT +?`
    this.#page = database.select(ordered, { opt_outs: '' })
    this.#save = database.prepare(
      'INSERT OR REPLACE INTO opt_outs (account_sid, proxy_address, address, date_created) VALUES (?, ?, ?, ?)',
    )
    this.#remove = database.prepare(`DELETE FROM opt_outs WHERE ${same}`)
    this.#answer = database.select(`SELECT * FROM opt_out_answers WHERE ${same} AND word = ?`, { opt_out_answers: '' })
    this.#saveAnswer = database.prepare(
      'INSERT OR REPLACE INTO opt_out_answers (account_sid, proxy_address, address, word, date_created) VALUES (?, ?, ?, ?, ?)',
    )
    this.#removeOldAnswers = database.prepare('DELETE FROM opt_out_answers WHERE date_created <= ?')
  }

  find(accountSid: string, { proxyAddress, address }: AddressPair): OptOutRecord | undefined {
    const row = this.#find.get(accountSid, proxyAddress, address)
    return row && toOptOut(row)
  }

  page(accountSid: string, after: AddressPair | undefined, limit: number): OptOutRecord[] {
    return this.#page.all(accountSid, after?.proxyAddress ?? '', after?.address ?? '', limit).map(toOptOut)
  }

  save({ accountSid, proxyAddress, address, dateCreated }: OptOutRecord): void {
    this.#save.run(accountSid, proxyAddress, address, dateCreated)
  }

  remove(accountSid: string, { proxyAddress, address }: AddressPair): void {
    this.#remove.run(accountSid, proxyAddress, address)
  }

  answer(accountSid: string, { proxyAddress, address }: AddressPair, word: string): OptOutAnswerRecord | undefined {
    const row = this.#answer.get(accountSid, proxyAddress, address, word)
    return row && toOptOutAnswer(row)
  }

  saveAnswer({ accountSid, proxyAddress, address, word, dateCreated }: OptOutAnswerRecord): void {
    this.#saveAnswer.run(accountSid, proxyAddress, address, word, dateCreated)
  }

  removeOldAnswers(through: number): void {
    this.#removeOldAnswers.run(through)
  }
}

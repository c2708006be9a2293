import type { AddressPair, OptOutAnswerRecord, OptOutRecord } from '@conversa/core'
import { type Undoable, UndoableMap } from './undoable-map.ts'

const keyOf = (accountSid: string, { proxyAddress, address }: AddressPair) => `${accountSid} ${proxyAddress} ${address}`

const nameOf = (record: OptOutAnswerRecord) => `${keyOf(record.accountSid, record)} ${record.word}`

const compare = (a: AddressPair, b: AddressPair) =>
  a.proxyAddress === b.proxyAddress ? order(a.address, b.address) : order(a.proxyAddress, b.proxyAddress)
const order = (a: string, b: string) => (a < b ? -1 : Number(a > b))

/** Who wants nothing more from which address, in memory. */
export class MemoryOptOuts {
  readonly #records: UndoableMap<string, OptOutRecord>
  readonly #answers: UndoableMap<string, OptOutAnswerRecord>

  constructor(undoable: Undoable) {
    this.#records = new UndoableMap(undoable)
    this.#answers = new UndoableMap(undoable)
  }

  find(accountSid: string, addresses: AddressPair): OptOutRecord | undefined {
    return this.#records.get(keyOf(accountSid, addresses))
  }

  page(accountSid: string, after: AddressPair | undefined, limit: number): OptOutRecord[] {
    return this.#records
      .values()
      .filter((one) => one.accountSid === accountSid && (!after || compare(after, one) < 0))
      .sort(compare)
      .slice(0, limit)
  }

  save(record: OptOutRecord): void {
    this.#records.set(keyOf(record.accountSid, record), record)
  }

  remove(accountSid: string, addresses: AddressPair): void {
    this.#records.delete(keyOf(accountSid, addresses))
  }

  answer(accountSid: string, addresses: AddressPair, word: string): OptOutAnswerRecord | undefined {
    return this.#answers.get(`${keyOf(accountSid, addresses)} ${word}`)
  }

  saveAnswer(record: OptOutAnswerRecord): void {
    this.#answers.set(nameOf(record), record)
  }

  removeOldAnswers(through: number): void {
    for (const record of this.#answers.values()) if (record.dateCreated <= through) this.#answers.delete(nameOf(record))
  }
}

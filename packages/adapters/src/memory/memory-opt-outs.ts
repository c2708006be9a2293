import type { AddressPair, OptOutRecord } from '@conversa/core'
import { type Undoable, UndoableMap } from './undoable-map.ts'

const keyOf = (accountSid: string, { proxyAddress, address }: AddressPair) => `${accountSid} ${proxyAddress} ${address}`

const compare = (a: AddressPair, b: AddressPair) =>
  a.proxyAddress === b.proxyAddress ? order(a.address, b.address) : order(a.proxyAddress, b.proxyAddress)
const order = (a: string, b: string) => (a < b ? -1 : Number(a > b))

/** Who wants nothing more from which address, in memory. */
export class MemoryOptOuts {
  readonly #records: UndoableMap<string, OptOutRecord>

  constructor(undoable: Undoable) {
    this.#records = new UndoableMap(undoable)
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
}

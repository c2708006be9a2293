import type { AddressPair, OptOutRecord } from '@conversa/core'
import { type Undoable, UndoableMap } from './undoable-map.ts'

const keyOf = (accountSid: string, { proxyAddress, address }: AddressPair) => `${accountSid} ${proxyAddress} ${address}`

/** Who wants nothing more from which address, in memory. */
export class MemoryOptOuts {
  readonly #records: UndoableMap<string, OptOutRecord>

  constructor(undoable: Undoable) {
    this.#records = new UndoableMap(undoable)
  }

  find(accountSid: string, addresses: AddressPair): OptOutRecord | undefined {
    return this.#records.get(keyOf(accountSid, addresses))
  }

  save(record: OptOutRecord): void {
    this.#records.set(keyOf(record.accountSid, record), record)
  }

  remove(accountSid: string, addresses: AddressPair): void {
    this.#records.delete(keyOf(accountSid, addresses))
  }
}

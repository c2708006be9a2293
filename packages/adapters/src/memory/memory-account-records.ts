import { bySid } from './row-order.ts'
import { type Undoable, UndoableMap } from './undoable-map.ts'

/** What accounts have under a SID and are asked for by nothing else, such as what they push with, in memory. */
export class MemoryAccountRecords<Stored extends { readonly accountSid: string; readonly sid: string }> {
  readonly #records: UndoableMap<string, Stored>

  constructor(undoable: Undoable) {
    this.#records = new UndoableMap(undoable)
  }

  find(accountSid: string, sid: string): Stored | undefined {
    const found = this.#records.get(sid)
    return found?.accountSid === accountSid ? found : undefined
  }

  page(accountSid: string, after: string | undefined, limit: number): Stored[] {
    const own = this.#records.values().filter((one) => one.accountSid === accountSid)
    return bySid(own, after, limit)
  }

  save(record: Stored): void {
    this.#records.set(record.sid, record)
  }

  remove(sid: string): void {
    this.#records.delete(sid)
  }
}

import type { PushCredentialRecord } from '@conversa/core'
import { bySid } from './row-order.ts'
import { type Undoable, UndoableMap } from './undoable-map.ts'

/** What accounts push with, in memory. */
export class MemoryPushCredentials {
  readonly #credentials: UndoableMap<string, PushCredentialRecord>

  constructor(undoable: Undoable) {
    this.#credentials = new UndoableMap(undoable)
  }

  find(accountSid: string, sid: string): PushCredentialRecord | undefined {
    const found = this.#credentials.get(sid)
    return found?.accountSid === accountSid ? found : undefined
  }

  page(accountSid: string, after: string | undefined, limit: number): PushCredentialRecord[] {
    const own = this.#credentials.values().filter((one) => one.accountSid === accountSid)
    return bySid(own, after, limit)
  }

  save(record: PushCredentialRecord): void {
    this.#credentials.set(record.sid, record)
  }

  remove(sid: string): void {
    this.#credentials.delete(sid)
  }
}

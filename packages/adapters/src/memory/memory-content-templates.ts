import type { ContentTemplateRecord } from '@conversa/core'
import { bySid } from './row-order.ts'
import { type Undoable, UndoableMap } from './undoable-map.ts'

/** The templates of accounts, in memory. */
export class MemoryContentTemplates {
  readonly #credentials: UndoableMap<string, ContentTemplateRecord>

  constructor(undoable: Undoable) {
    this.#credentials = new UndoableMap(undoable)
  }

  find(accountSid: string, sid: string): ContentTemplateRecord | undefined {
    const found = this.#credentials.get(sid)
    return found?.accountSid === accountSid ? found : undefined
  }

  page(accountSid: string, after: string | undefined, limit: number): ContentTemplateRecord[] {
    const own = this.#credentials.values().filter((one) => one.accountSid === accountSid)
    return bySid(own, after, limit)
  }

  save(record: ContentTemplateRecord): void {
    this.#credentials.set(record.sid, record)
  }

  remove(sid: string): void {
    this.#credentials.delete(sid)
  }
}

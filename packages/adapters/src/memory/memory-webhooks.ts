import type { WebhookRecord } from '@conversa/core'
import { type Undoable, UndoableMap } from './undoable-map.ts'

/** Webhooks, in memory. */
export class MemoryWebhooks {
  readonly #webhooks: UndoableMap<string, WebhookRecord>

  constructor(undoable: Undoable) {
    this.#webhooks = new UndoableMap(undoable)
  }

  find(sid: string): WebhookRecord | undefined {
    return this.#webhooks.get(sid)
  }

  ofConversation(conversationSid: string): WebhookRecord[] {
    const own = this.#webhooks.values().filter((one) => one.conversationSid === conversationSid)
    return own.sort((a, b) => (a.sid < b.sid ? -1 : 1))
  }

  listening(accountSid: string | undefined, serviceSid: string, conversationSid: string | undefined): WebhookRecord[] {
    if (this.#webhooks.size === 0) return []
    const wide = [accountSid, serviceSid].flatMap((sid) => (sid === undefined ? [] : (this.#webhooks.get(sid) ?? [])))
    return conversationSid === undefined ? wide : [...wide, ...this.ofConversation(conversationSid)]
  }

  save(record: WebhookRecord): void {
    this.#webhooks.set(record.sid, record)
  }

  remove(sid: string): void {
    this.#webhooks.delete(sid)
  }
}

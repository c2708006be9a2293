import type { HookCounts, HookDelivery, HookDraft, HookQueue, WebhookRecord } from '@conversa/core'
import { type Undoable, UndoableMap } from './undoable-map.ts'

const queueName = ({ webhookSid, subject }: HookQueue) => `${webhookSid} ${subject}`

/** Webhooks and what they are still to be told, in memory. */
export class MemoryWebhooks {
  readonly #webhooks: UndoableMap<string, WebhookRecord>
  readonly #deliveries: UndoableMap<number, HookDelivery>
  #last = 0

  constructor(undoable: Undoable) {
    this.#webhooks = new UndoableMap(undoable)
    this.#deliveries = new UndoableMap(undoable)
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

  queues(): HookQueue[] {
    const waiting = this.#deliveries.values().filter(({ dead }) => !dead)
    return [...Map.groupBy(waiting, queueName).values()].flatMap(([first]) => first ?? [])
  }

  waiting(queue: HookQueue, limit: number): HookDelivery[] {
    return this.#sorted((one) => !one.dead && queueName(one) === queueName(queue)).slice(0, limit)
  }

  dead(after: number, limit: number): HookDelivery[] {
    return this.#sorted((one) => one.dead && one.id > after).slice(0, limit)
  }

  counts(): HookCounts {
    const dead = this.#sorted((one) => one.dead).length
    return { waiting: this.#sorted(() => true).length - dead, dead }
  }

  add(draft: HookDraft): void {
    const id = ++this.#last
    this.#deliveries.set(id, { ...draft, id, attempts: 0, due: 0, dead: false })
  }

  saveDelivery(delivery: HookDelivery): void {
    this.#deliveries.set(delivery.id, delivery)
  }

  removeDelivery(id: number): void {
    this.#deliveries.delete(id)
  }

  #sorted(matches: (delivery: HookDelivery) => boolean): HookDelivery[] {
    return this.#deliveries
      .values()
      .filter(matches)
      .sort((a, b) => a.id - b.id)
  }
}

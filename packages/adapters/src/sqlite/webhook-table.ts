import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { HookCounts, HookDelivery, HookDraft, HookQueue, WebhookRecord } from '@conversa/core'
import { toDelivery, toWebhook } from '../rows/webhook-row.ts'

/** Who hears of events. Every change asks, and mostly there is nobody: whether there is anybody is remembered. */
export class WebhookTable {
  readonly #bySid: StatementSync
  readonly #ofConversation: StatementSync
  readonly #any: StatementSync
  readonly #save: StatementSync
  readonly #remove: StatementSync
  readonly #removeOfConversation: StatementSync
  #isEmpty: boolean | undefined

  constructor(database: DatabaseSync) {
    this.#bySid = database.prepare('SELECT * FROM webhooks WHERE sid = ?')
    this.#ofConversation = database.prepare('SELECT * FROM webhooks WHERE conversation_sid = ? ORDER BY sid')
    this.#any = database.prepare('SELECT EXISTS (SELECT 1 FROM webhooks) AS found')
    this.#save = database.prepare('INSERT OR REPLACE INTO webhooks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#remove = database.prepare('DELETE FROM webhooks WHERE sid = ?')
    this.#removeOfConversation = database.prepare('DELETE FROM webhooks WHERE conversation_sid = ?')
  }

  get isEmpty(): boolean {
    this.#isEmpty ??= this.#any.get()?.found === 0
    return this.#isEmpty
  }

  find(sid: string): WebhookRecord | undefined {
    const row = this.isEmpty ? undefined : this.#bySid.get(sid)
    return row && toWebhook(row)
  }

  ofConversation(conversationSid: string): WebhookRecord[] {
    return this.isEmpty ? [] : this.#ofConversation.all(conversationSid).map(toWebhook)
  }

  save({ sid, accountSid, serviceSid, conversationSid, target, preUrl, postUrl, method, ...rest }: WebhookRecord): void {
    const [filters, triggers] = [JSON.stringify(rest.filters), JSON.stringify(rest.triggers)]
    const { dateCreated, dateUpdated } = rest
    const urls = [preUrl, postUrl] as const
    this.#save.run(
      sid,
      accountSid,
      serviceSid,
      conversationSid,
      target,
      ...urls,
      method,
      filters,
      triggers,
      dateCreated,
      dateUpdated,
      rest.flowSid,
    )
    this.#isEmpty = false
  }

  remove(sid: string): void {
    if (!this.isEmpty) this.#remove.run(sid)
    this.forget()
  }

  removeOfConversation(conversationSid: string): void {
    if (!this.isEmpty) this.#removeOfConversation.run(conversationSid)
    this.forget()
  }

  forget(): void {
    this.#isEmpty = undefined
  }
}

/** What webhooks are still to be told, and what was given up. */
export class HookTable {
  readonly #queues: StatementSync
  readonly #waiting: StatementSync
  readonly #dead: StatementSync
  readonly #counts: StatementSync
  readonly #add: StatementSync
  readonly #save: StatementSync
  readonly #remove: StatementSync

  constructor(database: DatabaseSync) {
    this.#queues = database.prepare('SELECT DISTINCT webhook_sid, subject FROM hook_deliveries WHERE dead = 0')
    this.#waiting = database.prepare(
      'SELECT * FROM hook_deliveries WHERE dead = 0 AND webhook_sid = ? AND subject = ? ORDER BY id LIMIT ?',
    )
    this.#dead = database.prepare('SELECT * FROM hook_deliveries WHERE dead = 1 AND id > ? ORDER BY id LIMIT ?')
    this.#counts = database.prepare('SELECT COUNT(*) - TOTAL(dead) AS waiting, TOTAL(dead) AS dead FROM hook_deliveries')
    this.#add = database.prepare(
      `INSERT INTO hook_deliveries (event_id, webhook_sid, subject, account_sid, url, method, fields, date_created, attempts, due, dead)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)`,
    )
    this.#save = database.prepare('UPDATE hook_deliveries SET attempts = ?, due = ?, dead = ? WHERE id = ?')
    this.#remove = database.prepare('DELETE FROM hook_deliveries WHERE id = ?')
  }

  queues(): HookQueue[] {
    return this.#queues.all().map((row) => ({ webhookSid: row.webhook_sid as string, subject: row.subject as string }))
  }

  waiting({ webhookSid, subject }: HookQueue, limit: number): HookDelivery[] {
    return this.#waiting.all(webhookSid, subject, limit).map(toDelivery)
  }

  dead(after: number, limit: number): HookDelivery[] {
    return this.#dead.all(after, limit).map(toDelivery)
  }

  counts(): HookCounts {
    return this.#counts.get() as unknown as HookCounts
  }

  add({ eventId, webhookSid, subject, accountSid, url, method, fields, dateCreated }: HookDraft): void {
    this.#add.run(eventId, webhookSid, subject, accountSid, url, method, JSON.stringify(fields), dateCreated)
  }

  save({ id, attempts, due, dead }: HookDelivery): void {
    this.#save.run(attempts, due, dead ? 1 : 0, id)
  }

  remove(id: number): void {
    this.#remove.run(id)
  }
}

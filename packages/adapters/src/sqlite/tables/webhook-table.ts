import type { StatementSync } from 'node:sqlite'
import type { WebhookRecord } from '@conversa/core'
import { toWebhook } from '../../rows/webhook-row.ts'
import type { Select, Statements } from '../statements.ts'

/** Who hears of events. Every change asks, and mostly there is nobody: whether there is anybody is remembered. */
export class WebhookTable {
  readonly #bySid: Select
  readonly #ofConversation: Select
  readonly #any: StatementSync
  readonly #save: StatementSync
  readonly #remove: StatementSync
  readonly #removeOfConversation: StatementSync
  #isEmpty: boolean | undefined

  constructor(database: Statements) {
    this.#bySid = database.select('SELECT * FROM webhooks WHERE sid = ?', { webhooks: '' })
    this.#ofConversation = database.select('SELECT * FROM webhooks WHERE conversation_sid = ? ORDER BY sid', {
      webhooks: '',
    })
    this.#any = database.prepare('SELECT EXISTS (SELECT 1 FROM webhooks) AS found')
    this.#save = database.prepare(
      `INSERT OR REPLACE INTO webhooks (sid, account_sid, service_sid, conversation_sid, target, pre_url, post_url, method, filters,
         triggers, date_created, date_updated, flow_sid)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
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

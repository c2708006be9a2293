import type { Actor } from './actor.ts'
import type { Published } from './changes.ts'
import { type Happening, type HookEvent, hookEvents, isHeard } from './hook-event.ts'
import type { HookDraft, WebhookRecord } from './records.ts'
import type { Awaitable, Reads } from './store.ts'

const NOTHING: readonly HookDraft[] = []

/**
 * What is to be told of a change, and whom: read before the change is written, and written with it (G9). Where nobody listens the
 * answer is there at once.
 */
export function hookDrafts(reads: Reads, actor: Actor, happening: Happening): Awaitable<readonly HookDraft[]> {
  const heard = happening.published.filter(isHeard)
  if (heard.length === 0) return NOTHING
  const listening = heard.map(({ serviceSid, event }) =>
    reads.listening(serviceSid, 'conversationSid' in event ? event.conversationSid : undefined),
  )
  if (listening.every((webhooks) => !(webhooks instanceof Promise) && webhooks.length === 0)) return NOTHING
  return draft(reads, actor, { heard, listening, happening })
}

interface Change {
  readonly heard: readonly Published[]
  /** Who listens to each of them. */
  readonly listening: readonly Awaitable<readonly WebhookRecord[]>[]
  readonly happening: Happening
}

async function draft(reads: Reads, actor: Actor, { heard, listening, happening }: Change): Promise<readonly HookDraft[]> {
  const drafts: HookDraft[] = []
  for (const [at, one] of heard.entries()) {
    const webhooks = (await listening[at]) ?? []
    if (webhooks.length === 0) continue
    for (const event of await hookEvents(reads, one, happening)) {
      for (const webhook of webhooks) {
        if (webhook.postUrl !== null && isWanted(webhook, event))
          drafts.push(addressed(webhook, webhook.postUrl, event, actor, happening.now))
      }
    }
  }
  return drafts
}

/** A trigger waits for messages with one of its words, in whatever case. */
function isWanted({ target, filters, triggers }: WebhookRecord, { name, fields }: HookEvent): boolean {
  if (!filters.includes(name)) return false
  const body = fields.Body?.toLowerCase() ?? ''
  return target !== 'trigger' || triggers.some((word) => word !== '' && body.includes(word.toLowerCase()))
}

function addressed(webhook: WebhookRecord, url: string, event: HookEvent, actor: Actor, now: number): HookDraft {
  return {
    eventId: event.id,
    webhookSid: webhook.sid,
    subject: event.subject,
    accountSid: webhook.accountSid,
    url,
    method: webhook.method,
    fields: { EventType: event.name, ...event.fields, ...senderFields(webhook, actor) },
    dateCreated: now,
  }
}

/** Who did it, as webhooks are told. */
export function senderFields({ accountSid }: WebhookRecord, { kind, identity }: Actor): Readonly<Record<string, string>> {
  return kind === 'user'
    ? { AccountSid: accountSid, Source: 'SDK', ClientIdentity: identity }
    : { AccountSid: accountSid, Source: 'API' }
}

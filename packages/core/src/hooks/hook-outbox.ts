import type { Published, Replay } from '../commands/changes.ts'
import type { Happening } from '../outbox/happening.ts'
import type { Awaitable, Reads } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import type { OutboxDraft } from '../records/outbox-entry.ts'
import type { WebhookRecord } from '../records/records.ts'
import { type HookEvent, hookEvents, isHeard, messageAddedEvent } from './hook-event.ts'

type HookDraft = OutboxDraft<'webhook'>

const NOTHING: readonly HookDraft[] = []

/**
 * What is to be told of a change, and whom: read before the change is written, and written with it (G9). Where nobody listens the
 * answer is there at once.
 */
export function hookDrafts(reads: Reads, actor: Actor, happening: Happening): Awaitable<readonly HookDraft[]> {
  if (happening.isSilent) return NOTHING
  const heard = happening.published.filter(isHeard)
  if (heard.length === 0) return NOTHING
  const listening = heard.map(({ serviceSid, event }) =>
    reads.listening(serviceSid, 'conversationSid' in event ? event.conversationSid : undefined),
  )
  const isNobody = listening.every((webhooks) => !(webhooks instanceof Promise) && webhooks.length === 0)
  if (isNobody && !happening.attached?.length) return NOTHING
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
    const webhooks = [...((await listening[at]) ?? []), ...(happening.attached ?? [])]
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

/** Messages that a webhook is told of anew: under the ids of the first time, so that who was told then can tell. */
export function replayDrafts(replays: readonly Replay[], actor: Actor, now: number): readonly HookDraft[] {
  return replays.flatMap(({ webhook, conversation, messages }) => {
    const { postUrl } = webhook
    if (postUrl === null) return []
    const wanted = messages.map((message) => messageAddedEvent(message, conversation)).filter((event) => isWanted(webhook, event))
    return wanted.map((event) => addressed(webhook, postUrl, event, actor, now))
  })
}

/** A trigger waits for messages with one of its words, in whatever case. */
function isWanted({ target, filters, triggers }: WebhookRecord, { name, fields }: HookEvent): boolean {
  if (!filters.includes(name)) return false
  const body = fields.Body?.toLowerCase() ?? ''
  return target !== 'trigger' || triggers.some((word) => word !== '' && body.includes(word.toLowerCase()))
}

function addressed(webhook: WebhookRecord, url: string, event: HookEvent, actor: Actor, now: number): HookDraft {
  return {
    kind: 'webhook',
    destination: webhook.sid,
    subject: event.subject,
    eventId: event.id,
    accountSid: webhook.accountSid,
    payload: { url, method: webhook.method, fields: { EventType: event.name, ...event.fields, ...senderFields(webhook, actor) } },
    dateCreated: now,
  }
}

/** Who did it, as webhooks are told. */
export function senderFields({ accountSid: AccountSid }: WebhookRecord, actor: Actor): Readonly<Record<string, string>> {
  if (actor.kind === 'user') return { AccountSid, Source: 'SDK', ClientIdentity: actor.identity }
  return { AccountSid, Source: actor.channel?.toUpperCase() ?? 'API' }
}

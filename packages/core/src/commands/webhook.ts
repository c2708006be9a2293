import { LIMITS } from '@conversa/protocol'
import type { Reads } from '../ports/store.ts'
import { POST_EVENTS, PRE_EVENTS } from '../records/hook-names.ts'
import type { ConversationRecord, MessageRecord, ServiceRecord, WebhookRecord } from '../records/records.ts'
import { differing } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { serviceOf } from './access.ts'
import type { AnyCommand, WebhookConfiguration } from './back-end-command.ts'
import { Changes } from './changes.ts'
import { conversationScope, handler, settingsScope } from './handler.ts'

/*
 * Who hears of events (rest-and-semantics 1.4 and 3.8): one webhook of the account, one of each service, and up to five of a
 * conversation. What is set holds for what happens from then on.
 */

interface SettingsFacts {
  readonly service: ServiceRecord
  readonly present: WebhookRecord | undefined
}

/** The webhook of the account or of the service: what is given replaces, what is not stays. */
export const updateWebhooks = handler<'webhooks.update', SettingsFacts>({
  scopes: settingsScope,
  async facts(reads, actor, { level }) {
    const service = await serviceOf(reads, actor)
    return { service, present: await reads.webhook(level === 'account' ? service.accountSid : service.sid) }
  },
  decide({ service, present }, { level, type: _type, ...given }, { now }) {
    const refusal =
      checkUrl(given.preUrl) ?? checkUrl(given.postUrl) ?? checkFilters(given.filters, [...POST_EVENTS, ...PRE_EVENTS])
    if (refusal) return refusal
    const record = present ?? unset(service, level, now)
    const changes = new Changes()
    changes.webhookSaved({ ...record, ...differing(record, given), dateUpdated: now })
    return { changes, result: {} }
  },
})

/** The webhook of an account or of a service before anybody has set it. */
export function unset({ sid, accountSid, ...dates }: ServiceRecord, level: 'account' | 'service', now: number): WebhookRecord {
  return {
    sid: level === 'account' ? accountSid : sid,
    accountSid,
    serviceSid: level === 'account' ? null : sid,
    conversationSid: null,
    target: 'webhook',
    preUrl: null,
    postUrl: null,
    method: 'POST',
    filters: [],
    triggers: [],
    flowSid: null,
    dateCreated: dates.dateCreated,
    dateUpdated: now,
  }
}

interface CreateFacts {
  readonly service: ServiceRecord
  readonly conversation: ConversationRecord
  readonly present: readonly WebhookRecord[]
  /** What is to be told anew, and one more when that is too much. */
  readonly replayed: readonly MessageRecord[]
}

/**
 * One more webhook of a conversation. It is told of what has happened: those who are asked before are the account's and the service's.
 * It can be told of messages that were there before it.
 */
export const createConversationWebhook = handler<'conversationWebhook.create', CreateFacts>({
  scopes: conversationScope,
  async facts(reads, actor, { conversationSid, replayAfter }) {
    const conversation = await reads.conversation(actor.serviceSid, conversationSid)
    if (!conversation) return new Refusal('conversation-not-found')
    const [service, present] = [await serviceOf(reads, actor), await reads.conversationWebhooks(conversationSid)]
    if (replayAfter === undefined) return { service, conversation, present, replayed: [] }
    const range = { from: replayAfter + 1, direction: 'forward', limit: LIMITS.replayedMessages + 1 } as const
    return { service, conversation, present, replayed: await reads.messages(conversationSid, range) }
  },
  decide({ service, conversation, present, replayed }, { target, configuration }, { now, makeSid }) {
    if (present.length >= LIMITS.webhooksPerConversation) return new Refusal('webhooks-too-many')
    const limit = LIMITS.replayedMessages
    if (replayed.length > limit) return new Refusal('parameter-invalid', { field: 'Configuration.ReplayAfter', limit })
    const record = scopedWebhook(
      service,
      { sid: makeSid('webhook'), conversationSid: conversation.sid, target, configuration },
      now,
    )
    const refusal = checkConfiguration(record)
    if (refusal) return refusal
    const changes = new Changes()
    changes.webhookSaved(record)
    changes.webhookReplayed({ webhook: record, conversation, messages: replayed })
    return { changes, result: { webhookSid: record.sid } }
  },
})

/** A webhook of one conversation, as it is when it comes to be. */
export function scopedWebhook(
  service: ServiceRecord,
  {
    configuration,
    ...fields
  }: Pick<WebhookRecord, 'sid' | 'conversationSid' | 'target'> & { configuration: WebhookConfiguration },
  now: number,
): WebhookRecord {
  return { ...unset(service, 'service', now), ...fields, ...settled(fields.target, configuration), dateCreated: now }
}

/** What is given replaces; the target stays. */
export const updateConversationWebhook = handler<'conversationWebhook.update', WebhookRecord>({
  scopes: conversationScope,
  facts: (reads, actor, command) => findConversationWebhook(reads, actor, command),
  decide(webhook, { configuration }, { now }) {
    const record = { ...webhook, ...settled(webhook.target, configuration), dateUpdated: now }
    const refusal = checkConfiguration(record)
    if (refusal) return refusal
    const changes = new Changes()
    changes.webhookSaved(record)
    return { changes, result: {} }
  },
})

export const deleteConversationWebhook = handler<'conversationWebhook.delete', WebhookRecord>({
  scopes: conversationScope,
  facts: (reads, actor, command) => findConversationWebhook(reads, actor, command),
  decide(webhook) {
    const changes = new Changes()
    changes.webhookRemoved(webhook)
    return { changes, result: {} }
  },
})

/** @returns the webhook, or a refusal when the conversation of the actor's service has none with this SID */
export async function findConversationWebhook(
  reads: Reads,
  { serviceSid }: { readonly serviceSid: string },
  { conversationSid, webhookSid }: Pick<AnyCommand<'conversationWebhook.delete'>, 'conversationSid' | 'webhookSid'>,
): Promise<WebhookRecord | Refusal> {
  if (!(await reads.conversation(serviceSid, conversationSid))) return new Refusal('conversation-not-found')
  const found = (await reads.conversationWebhooks(conversationSid)).find(({ sid }) => sid === webhookSid)
  return found ?? new Refusal('resource-not-found')
}

/** What a configuration says, as far as it fits the target. */
function settled(
  target: WebhookRecord['target'],
  { url, method, filters, triggers, flowSid }: WebhookConfiguration,
): Partial<Pick<WebhookRecord, 'postUrl' | 'method' | 'filters' | 'triggers' | 'flowSid'>> {
  if (target === 'studio') return { filters: ['onMessageAdded'], ...(flowSid !== undefined && { flowSid }) }
  return {
    ...(url !== undefined && { postUrl: url }),
    ...(method !== undefined && { method }),
    ...(target === 'webhook' && filters !== undefined && { filters }),
    ...(target === 'trigger' && { filters: ['onMessageAdded'], ...(triggers !== undefined && { triggers }) }),
  }
}

/** Whether a filter names an event that there is here, before or after it happens. */
export function isKnownEvent(filter: string): boolean {
  return [...POST_EVENTS, ...PRE_EVENTS].some((name) => name === filter)
}

/** Refuses a webhook of a conversation that could never be told anything. */
export function checkConfiguration({
  target,
  postUrl,
  filters,
  triggers,
  flowSid,
}: Pick<WebhookRecord, 'target' | 'postUrl' | 'filters' | 'triggers' | 'flowSid'>): Refusal | undefined {
  if (target === 'studio') return flowSid === null ? new Refusal('webhook-flow-invalid') : undefined
  if (!postUrl) return new Refusal('webhook-url-missing')
  if (target === 'trigger' && triggers.length > LIMITS.triggersPerWebhook) return new Refusal('webhook-triggers-too-many')
  if (target === 'trigger' && !triggers.some(Boolean)) return new Refusal('webhook-triggers-missing')
  if (filters.length === 0) return new Refusal('webhook-filters-missing')
  return checkUrl(postUrl) ?? checkFilters(filters, POST_EVENTS)
}

/** Names of the vendor's that are no events any more are refused too: a filter that never fires helps nobody. */
function checkFilters(filters: readonly string[] | undefined, known: readonly string[]): Refusal | undefined {
  const wrong = filters?.find((filter) => !known.includes(filter))
  return wrong === undefined ? undefined : new Refusal('webhook-filter-invalid')
}

/** A user in the address would go into logs, and a fragment is never sent. */
const URL_FORM = /^https?:\/\/[^\s/?#@\\]+([/?][^\s#]*)?$/i

export function checkUrl(url: string | null | undefined): Refusal | undefined {
  if (url === null || url === undefined) return undefined
  const isRight = url.length <= LIMITS.webhookUrlCharacters && URL_FORM.test(url) && URL.canParse(url)
  return isRight ? undefined : new Refusal('webhook-url-invalid')
}

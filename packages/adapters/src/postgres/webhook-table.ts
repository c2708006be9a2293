import type { HookCounts, HookDelivery, HookDraft, HookQueue, WebhookRecord } from '@conversa/core'
import { toDelivery, toWebhook } from '../rows/webhook-row.ts'
import { prepared, type Querier } from './connection.ts'
import { table } from './table.ts'

export const WEBHOOKS = table(
  'webhooks',
  [
    'sid',
    'account_sid',
    'service_sid',
    'conversation_sid',
    'target',
    'pre_url',
    'post_url',
    'method',
    'filters',
    'triggers',
    'flow_sid',
    'date_created',
    'date_updated',
  ],
  ['sid'],
)
/** The database numbers deliveries. */
export const HOOK_DELIVERIES = table(
  'hook_deliveries',
  ['event_id', 'webhook_sid', 'subject', 'account_sid', 'url', 'method', 'fields', 'date_created', 'attempts', 'due', 'dead'],
  ['id'],
)

const SELECT = `SELECT ${WEBHOOKS.columns} FROM webhooks`
const BY_SID = prepared('webhook by sid', `${SELECT} WHERE sid = $1`)
const OF_CONVERSATION = prepared('webhooks of conversation', `${SELECT} WHERE conversation_sid = $1 ORDER BY sid`)
/** An account's or a service's webhook has the SID of its owner. */
const LISTENING = prepared(
  'webhooks listening',
  `${SELECT} WHERE sid = ANY($1) OR sid IN (SELECT account_sid FROM services WHERE sid = ANY($1)) OR conversation_sid = ANY($2)
   ORDER BY sid`,
)
export const REMOVE_WEBHOOKS = prepared('webhooks of conversation remove', 'DELETE FROM webhooks WHERE conversation_sid = $1')

const SELECT_DELIVERIES = `SELECT id, ${HOOK_DELIVERIES.columns} FROM hook_deliveries`
const QUEUES = prepared('hook queues', 'SELECT DISTINCT webhook_sid, subject FROM hook_deliveries WHERE NOT dead')
const WAITING = prepared(
  'hooks waiting',
  `${SELECT_DELIVERIES} WHERE NOT dead AND webhook_sid = $1 AND subject = $2 ORDER BY id LIMIT $3`,
)
const DEAD = prepared('hooks dead', `${SELECT_DELIVERIES} WHERE dead AND id > $1 ORDER BY id LIMIT $2`)
const COUNTS = prepared(
  'hook counts',
  'SELECT count(*) FILTER (WHERE NOT dead) AS waiting, count(*) FILTER (WHERE dead) AS dead FROM hook_deliveries',
)
export const SAVE_HOOK = prepared('hook save', 'UPDATE hook_deliveries SET attempts = $2, due = $3, dead = $4 WHERE id = $1')
export const REMOVE_HOOKS = prepared('hooks remove', 'DELETE FROM hook_deliveries WHERE id = $1')

/** Reads who hears of events. */
export const webhookTable = {
  async find(database: Querier, sid: string): Promise<WebhookRecord | undefined> {
    const [row] = await database.rows(BY_SID, [sid])
    return row && toWebhook(row)
  },

  async ofConversation(database: Querier, conversationSid: string): Promise<WebhookRecord[]> {
    return (await database.rows(OF_CONVERSATION, [conversationSid])).map(toWebhook)
  },

  /** Those of the services, of their accounts and of the conversations. */
  async listening(database: Querier, services: readonly string[], conversations: readonly string[]): Promise<WebhookRecord[]> {
    return (await database.rows(LISTENING, [services, conversations])).map(toWebhook)
  },
}

/** The account's webhook first, then the service's, then the conversation's, each of which is one of these. */
export function inOrder(webhooks: readonly WebhookRecord[], serviceSid: string, conversationSid?: string): WebhookRecord[] {
  const own = webhooks.filter((one) => one.conversationSid !== null && one.conversationSid === conversationSid)
  const ofService = webhooks.filter((one) => one.sid === serviceSid)
  return [...webhooks.filter((one) => one.serviceSid === null), ...ofService, ...own]
}

/** Reads what webhooks are still to be told, and what was given up. */
export const hookTable = {
  async queues(database: Querier): Promise<HookQueue[]> {
    const rows = await database.rows(QUEUES, [])
    return rows.map((row) => ({ webhookSid: row.webhook_sid as string, subject: row.subject as string }))
  },

  async waiting(database: Querier, { webhookSid, subject }: HookQueue, limit: number): Promise<HookDelivery[]> {
    return (await database.rows(WAITING, [webhookSid, subject, limit])).map(toDelivery)
  },

  async dead(database: Querier, after: number, limit: number): Promise<HookDelivery[]> {
    return (await database.rows(DEAD, [after, limit])).map(toDelivery)
  },

  async counts(database: Querier): Promise<HookCounts> {
    const [row] = await database.rows(COUNTS, [])
    return { waiting: row?.waiting as number, dead: row?.dead as number }
  },
}

export function webhookRow(record: WebhookRecord): object {
  return {
    sid: record.sid,
    account_sid: record.accountSid,
    service_sid: record.serviceSid,
    conversation_sid: record.conversationSid,
    target: record.target,
    pre_url: record.preUrl,
    post_url: record.postUrl,
    method: record.method,
    filters: JSON.stringify(record.filters),
    triggers: JSON.stringify(record.triggers),
    flow_sid: record.flowSid,
    date_created: record.dateCreated,
    date_updated: record.dateUpdated,
  }
}

export function hookRow({ eventId, webhookSid, subject, accountSid, url, method, fields, dateCreated }: HookDraft): object {
  const said = { event_id: eventId, webhook_sid: webhookSid, subject, account_sid: accountSid, url, method }
  return { ...said, fields: JSON.stringify(fields), date_created: dateCreated, attempts: 0, due: 0, dead: false }
}

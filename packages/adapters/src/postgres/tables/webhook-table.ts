import type { WebhookRecord } from '@conversa/core'
import { toWebhook } from '../../rows/webhook-row.ts'
import { prepared, type Querier } from '../connection.ts'
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

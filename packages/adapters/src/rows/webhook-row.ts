import type { WebhookRecord } from '@conversa/core'
import type { Row } from './row.ts'

/** A webhook. */
export function toWebhook(row: Row): WebhookRecord {
  return {
    sid: row.sid as string,
    accountSid: row.account_sid as string,
    serviceSid: row.service_sid as string | null,
    conversationSid: row.conversation_sid as string | null,
    target: row.target as WebhookRecord['target'],
    preUrl: row.pre_url as string | null,
    postUrl: row.post_url as string | null,
    method: row.method as WebhookRecord['method'],
    filters: JSON.parse(row.filters as string),
    triggers: JSON.parse(row.triggers as string),
    flowSid: row.flow_sid as string | null,
    dateCreated: row.date_created as number,
    dateUpdated: row.date_updated as number,
  }
}

import type { HookDelivery, WebhookRecord } from '@conversa/core'
import { isTrue, type Row } from './row.ts'

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

/** What a webhook is still to be told. */
export function toDelivery(row: Row): HookDelivery {
  return {
    id: row.id as number,
    eventId: row.event_id as string,
    webhookSid: row.webhook_sid as string,
    subject: row.subject as string,
    accountSid: row.account_sid as string,
    url: row.url as string,
    method: row.method as HookDelivery['method'],
    fields: JSON.parse(row.fields as string),
    dateCreated: row.date_created as number,
    attempts: row.attempts as number,
    due: row.due as number,
    dead: isTrue(row.dead),
  }
}

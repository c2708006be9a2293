import type { Changes } from '../commands/changes.ts'
import { checkConfiguration, isKnownEvent, unset } from '../commands/webhook.ts'
import type { Reads } from '../ports/store.ts'
import type { WebhookRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import type { ImportProblem, SourceWebhook } from './import-source.ts'

/** The webhooks of a conversation as they can be kept, and what of them cannot. */
export interface UsableWebhooks {
  readonly webhooks: readonly SourceWebhook[]
  readonly problems: readonly ImportProblem[]
}

/** Takes from webhooks the events that there are none of here, and leaves out what could never be told anything. */
export function usableWebhooks(listed: readonly SourceWebhook[]): UsableWebhooks {
  const problems: ImportProblem[] = []
  const webhooks = listed.flatMap((said) => {
    const webhook = { ...said, filters: said.filters.filter(isKnownEvent) }
    const unknown = said.filters.filter((name) => !isKnownEvent(name))
    const refusal = checkConfiguration(webhook)
    if (refusal instanceof Refusal) {
      problems.push({ resource: 'webhook', sid: said.sid, reason: refusal.body().message, isLost: true })
      return []
    }
    if (unknown.length > 0) {
      const reason = `events that are not known here: ${unknown.join(', ')}`
      problems.push({ resource: 'webhook', sid: said.sid, reason, isLost: false })
    }
    return [webhook]
  })
  return { webhooks, problems }
}

/** Makes the webhooks of a conversation those that the source lists. */
export async function compareWebhooks(
  reads: Reads,
  changes: Changes,
  listed: readonly SourceWebhook[],
): Promise<readonly ImportProblem[]> {
  const problems: ImportProblem[] = []
  const { sid: conversationSid, serviceSid } = changes.conversation
  const [present, service] = [await reads.conversationWebhooks(conversationSid), await reads.service(serviceSid)]
  if (!service) return problems
  for (const gone of present.filter(({ sid }) => !listed.some((one) => one.sid === sid))) changes.webhookRemoved(gone)
  for (const said of listed) {
    const next: WebhookRecord = { ...unset(service, 'service', said.dateUpdated), ...said, conversationSid }
    const there = await reads.webhook(said.sid)
    if (there && there.conversationSid !== conversationSid) {
      const reason = 'another conversation has a webhook with this SID'
      problems.push({ resource: 'webhook', sid: said.sid, reason, isLost: true })
    } else if (!there || textOf(there) !== textOf(next)) changes.webhookSaved(next)
  }
  return problems
}

const textOf = (record: WebhookRecord) => JSON.stringify(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))

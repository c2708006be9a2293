import type { Published } from '../commands/changes.ts'
import type { Happening } from '../outbox/happening.ts'
import type { Awaitable, Reads } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import type { OutboxDraft, PushAbout } from '../records/outbox-entry.ts'
import type { ServiceRecord } from '../records/records.ts'
import { isTold } from './push-notice.ts'

type Draft = OutboxDraft<'notice'>

const NOTHING: readonly Draft[] = []
const TYPES: readonly PushAbout['type'][] = ['new_message', 'added_to_conversation', 'removed_from_conversation']

/**
 * That somebody may have to be told by push: one entry for an event, whatever number of people it concerns. Who they are is found
 * when it is their turn, outside of the transaction of the change. Where a service pushes nothing the answer is there at once.
 */
export function pushDrafts(reads: Reads, actor: Actor, { published, now }: Happening): Awaitable<readonly Draft[]> {
  const first = published.find(({ event }) => typeOf(event) !== undefined)
  if (!first) return NOTHING
  const service = reads.service(first.serviceSid)
  const draft = (found: ServiceRecord | undefined) => (found ? ofService(reads, actor, found, { published, now }) : NOTHING)
  return service instanceof Promise ? service.then(draft) : draft(service)
}

function ofService(
  reads: Reads,
  actor: Actor,
  service: ServiceRecord,
  { published, now }: Happening,
): Awaitable<readonly Draft[]> {
  if (!TYPES.some((type) => isTold(service.notifications, type))) return NOTHING
  const found = published.flatMap(({ event }) => {
    const type = typeOf(event)
    return type && isTold(service.notifications, type) ? [{ event, type }] : []
  })
  if (found.length === 0) return NOTHING
  const messages = found.flatMap(({ event }) =>
    event.type === 'message.added' ? [noted(service, event, { type: 'new_message', index: event.message.index }, now)] : [],
  )
  return messages.length === found.length ? messages : withMemberships(reads, actor, { service, found, messages, now })
}

function typeOf(event: Published['event']): PushAbout['type'] | undefined {
  switch (event.type) {
    case 'message.added':
      return 'new_message'
    case 'participant.joined':
      return 'added_to_conversation'
    case 'participant.left':
      return 'removed_from_conversation'
    default:
      return undefined
  }
}

interface Found {
  readonly service: ServiceRecord
  readonly found: readonly { readonly event: Published['event'] }[]
  readonly messages: readonly Draft[]
  readonly now: number
}

/** Who comes or goes by themselves knows. */
async function withMemberships(reads: Reads, actor: Actor, { service, found, messages, now }: Found): Promise<readonly Draft[]> {
  const drafts = [...messages]
  for (const { event } of found) {
    if (event.type !== 'participant.joined' && event.type !== 'participant.left') continue
    const identity = event.type === 'participant.joined' ? event.participant.identity : event.identity
    if (identity === null || (actor.kind === 'user' && actor.identity === identity)) continue
    const conversation = await reads.conversation(service.sid, event.conversationSid)
    const title = conversation?.friendlyName ?? conversation?.uniqueName ?? null
    const type = event.type === 'participant.joined' ? 'added_to_conversation' : 'removed_from_conversation'
    drafts.push(noted(service, event, { type, identity, by: actor.identity, title }, now))
  }
  return drafts
}

function noted(
  { sid: serviceSid, accountSid }: ServiceRecord,
  { conversationSid, revision }: { readonly conversationSid: string; readonly revision: number },
  about: PushAbout,
  now: number,
): Draft {
  return {
    kind: 'notice',
    destination: serviceSid,
    subject: conversationSid,
    eventId: `${conversationSid}.${revision}.${about.type}`,
    accountSid,
    payload: { serviceSid, conversationSid, about },
    dateCreated: now,
  }
}

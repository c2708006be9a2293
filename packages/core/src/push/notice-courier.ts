import { LIMITS } from '@conversa/protocol'
import { readWebSubscription } from '../commands/web-subscription.ts'
import type { Presence } from '../fan-out/presence.ts'
import type { Attempt, Courier } from '../outbox/outbox-courier.ts'
import type { Now } from '../ports/ports.ts'
import type { DeviceRow, Reads, Store } from '../ports/store.ts'
import type { OutboxDraft, OutboxEntry, OutboxPayloads } from '../records/outbox-entry.ts'
import type { PushRegistrationRecord } from '../records/records.ts'
import type { PushPorts } from './push-courier.ts'
import { isNews } from './push-notice.ts'

/** Milliseconds after which somebody is looked after who was connected: a dead connection is found in less (reliability F11). */
const LATE = 60_000
const PAGE = 500
const TRIES = 20
/** Destinations of browsers' services: whoever registers names one, so as many as anybody thinks of would be too many. */
const WEB_DESTINATIONS = 64

/** What spreading needs. */
export interface NoticeContext {
  readonly store: Store
  readonly now: Now
  readonly presence: Presence
  readonly ports: Pick<PushPorts, 'toConnected'>
  /** Hears afterwards what waits to be sent. */
  readonly queued: (drafts: readonly OutboxDraft[]) => void
}

/** What an event comes to: pushes to devices, and looks that are left for later. */
interface Spread extends Attempt {
  readonly drafts: readonly OutboxDraft[]
}

type Entry = OutboxEntry<'notice'>

/**
 * Turns "somebody may have to be told" into one push for each device that is to be told: whoever takes part and is not connected, and
 * who has not muted the conversation. Whoever is connected is looked at once more a little later: their connection may have been dead.
 */
export class NoticeCourier implements Courier<'notice', Spread> {
  readonly kind = 'notice'
  readonly tries = TRIES
  readonly atOnce = 8
  readonly #context: NoticeContext

  constructor(context: NoticeContext) {
    this.#context = context
  }

  async send(entry: Entry): Promise<Spread> {
    const { about } = entry.payload
    const drafts = await this.#context.store.read((reads) =>
      about.type === 'new_message'
        ? this.#ofMessage(reads, entry, about.index)
        : this.#ofMembership(reads, entry, about.identity),
    )
    return { outcome: 'arrived', drafts }
  }

  /** The pushes come to be with the end of the entry: however often it is tried, there is one for each device. */
  async settle(
    _entry: Entry,
    { answer }: { readonly answer: Spread },
    write: Parameters<Courier['settle'] & {}>[2],
  ): Promise<void> {
    await this.#context.store.transact([], async (tx) => {
      await write(tx)
      for (const draft of answer.drafts) tx.addEntry(draft)
    })
    if (answer.drafts.length > 0) this.#context.queued(answer.drafts)
  }

  async #ofMessage(reads: Reads, entry: Entry, index: number): Promise<readonly OutboxDraft[]> {
    const { serviceSid, conversationSid, after, late } = entry.payload
    const conversation = await reads.conversation(serviceSid, conversationSid)
    const message = conversation && (await reads.message(conversationSid, index))
    if (!conversation || !message || message.removed) return []
    const rows = await reads.conversationDevices(conversation, after, PAGE)
    const concerned = rows.filter(
      ({ participant, registration }) =>
        registration.identity !== message.author && isNews(participant, index) && (late?.includes(registration.identity) ?? true),
    )
    const away = concerned.filter(({ registration }) => !this.#isSpared(registration))
    const drafts: OutboxDraft[] = away.map(({ registration }) => pushDraft(entry, registration))
    const connected = late ? [] : namesOf(concerned.filter(({ registration }) => this.#isSpared(registration)))
    if (connected.length > 0) drafts.push({ ...again(entry, { late: connected }), due: this.#context.now() + LATE })
    const last = rows.at(-1)
    if (rows.length === PAGE && last) {
      drafts.push(again(entry, { after: { participantSid: last.participant.sid, registrationSid: last.registration.sid } }))
    }
    return drafts
  }

  async #ofMembership(reads: Reads, entry: Entry, identity: string): Promise<readonly OutboxDraft[]> {
    const key = { serviceSid: entry.payload.serviceSid, identity }
    const registrations = await reads.pushRegistrations(key, LIMITS.pushRegistrationsPerUser)
    const told = registrations.filter((registration) => !this.#isSpared(registration))
    return told.map((registration) => pushDraft(entry, registration))
  }

  #isSpared(owner: PushRegistrationRecord): boolean {
    return !this.#context.ports.toConnected && this.#context.presence.isPresent(owner)
  }
}

const namesOf = (rows: readonly DeviceRow[]) => [...new Set(rows.map(({ registration }) => registration.identity))]

/** The same to be spread further: from where a page ended, or later to those who were connected. */
function again(entry: Entry, rest: Pick<OutboxPayloads['notice'], 'after' | 'late'>): OutboxDraft<'notice'> {
  const { subject, eventId, accountSid, payload, dateCreated } = entry
  const { after: _, ...before } = payload
  // Those that wait must not hold up those that do not.
  const destination = rest.late || payload.late ? `${payload.serviceSid} late` : payload.serviceSid
  return { kind: 'notice', destination, subject, eventId, accountSid, payload: { ...before, ...rest }, dateCreated }
}

/** In order for each device; a browser's service that is slow holds up few others. */
function pushDraft(entry: Entry, { sid, identity, channelType, registrationId }: PushRegistrationRecord): OutboxDraft<'push'> {
  const { accountSid, payload, eventId, dateCreated } = entry
  const { serviceSid, conversationSid, about } = payload
  const at = channelType === 'web' ? placeOf(registrationId) : accountSid
  return {
    kind: 'push',
    destination: `${channelType} ${at}`,
    subject: sid,
    eventId: `${eventId}.${sid}`,
    accountSid,
    payload: { serviceSid, conversationSid, about, identity, registrationSid: sid },
    dateCreated,
  }
}

/** The same for the same service. */
function placeOf(registrationId: string): number {
  const origin = readWebSubscription(registrationId)?.endpoint.origin ?? ''
  let place = 0
  for (const letter of origin) place = (place * 31 + letter.charCodeAt(0)) % WEB_DESTINATIONS
  return place
}

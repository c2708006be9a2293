import type { AnyCommand, AnyCommandType, GivenWith } from '../commands/back-end-command.ts'
import type { AnyHandler, Context } from '../commands/handler.ts'
import type { Admission } from '../commands/rate-limits.ts'
import type { MakeSid } from '../ports/sids.ts'
import type { Awaitable, Reads, Store } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import { isCleanText } from '../records/clean-text.ts'
import { PRE_EVENTS, type PreEvent, preEventOf } from '../records/hook-names.ts'
import type { WebhookRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import type { HookPorts } from './hook-courier.ts'
import { type HookEvent, hookEvents, isHeard } from './hook-event.ts'
import { senderFields } from './hook-outbox.ts'

/** What is about to be done. */
export interface Intent<Name extends AnyCommandType> {
  readonly actor: Actor
  readonly command: AnyCommand<Name>
  readonly given: GivenWith<Name>
  readonly handler: AnyHandler<Name>
  readonly context: Context
  /** Whether it was done before, and is only asked for again: nobody is asked about it twice. */
  readonly isKnown: (reads: Reads) => Promise<boolean>
  /** Lets it in before anybody is asked, where there are limits. */
  readonly admission: Admission | undefined
}

/** The same, as webhooks changed it. */
export interface Amended<Name extends AnyCommandType> {
  readonly command: AnyCommand<Name>
  readonly given: GivenWith<Name>
}

/** What is said only afterwards, besides the SIDs of what is new: most of it is not certain before. */
const UNCERTAIN: { readonly [Name in PreEvent]?: readonly string[] } = {
  onConversationAdd: ['DateCreated', 'DateUpdated'],
  onConversationRemove: ['DateRemoved'],
  onMessageAdd: ['MessageSid', 'Index', 'DateCreated', 'MessagingServiceSid'],
  onMessageRemove: ['DateRemoved'],
  onParticipantAdd: ['DateCreated'],
  onParticipantUpdate: ['LastReadMessageIndex'],
  onParticipantRemove: ['DateRemoved'],
  onUserUpdate: ['DateCreated'],
}

/** What a webhook may change, as it says it, with the field that tells the next one, and what it changes of us. */
const CHANGEABLE = {
  body: { field: 'Body', part: 'command', name: 'body' },
  attributes: { field: 'Attributes', part: 'command', name: 'attributes' },
  author: { field: 'Author', part: 'given', name: 'author' },
  friendly_name: { field: 'FriendlyName', part: 'command', name: 'friendlyName' },
} as const

type Change = keyof typeof CHANGEABLE

const CHANGES: { readonly [Name in AnyCommandType]?: readonly Change[] } = {
  'message.send': ['body', 'author', 'attributes'],
  'message.update': ['body', 'author', 'attributes'],
  'message.receive': ['body', 'author', 'attributes'],
  'message.begin': ['friendly_name', 'body', 'author', 'attributes'],
  'conversation.create': ['friendly_name'],
  'conversation.update': ['friendly_name'],
  'conversation.assemble': ['friendly_name'],
}

/** Who is asked in a service, while it is being read. */
interface Asking {
  readonly answer: Promise<readonly WebhookRecord[]>
  /** Whether it was set anew meanwhile. */
  isStale: boolean
}

/**
 * Asks the webhooks of account and service before something happens: they let it through, change it or reject it
 * (rest-and-semantics 3.8). It is asked outside of every transaction, after a trial that finds what would be refused anyway.
 */
export class HookQuestions {
  readonly #store: Store
  readonly #ports: HookPorts
  readonly #makeSid: MakeSid
  /** Who is asked in a service; so that where nobody is nothing is waited for. */
  readonly #asked = new Map<string, readonly WebhookRecord[]>()
  /** The same while it is being read: what comes meanwhile waits for one answer, and goes on in its order. */
  readonly #asking = new Map<string, Asking>()

  constructor(store: Store, makeSid: MakeSid, ports: HookPorts) {
    this.#store = store
    this.#makeSid = makeSid
    this.#ports = ports
  }

  /** Forgets who is asked, since it was set anew. */
  forget(): void {
    this.#asked.clear()
    for (const asking of this.#asking.values()) asking.isStale = true
  }

  /** @returns what is to be done or why it is not; undefined, at once, where nobody is asked */
  ask<Name extends AnyCommandType>(intent: Intent<Name>): Promise<Amended<Name> | Refusal | undefined> | undefined {
    const known = this.#asked.get(intent.actor.serviceSid)
    return known?.length === 0 ? undefined : this.#askAll(intent)
  }

  async #askAll<Name extends AnyCommandType>(intent: Intent<Name>): Promise<Amended<Name> | Refusal | undefined> {
    const webhooks = await this.#webhooks(intent.actor.serviceSid)
    if (webhooks.length === 0) return undefined
    const events = await this.#store.read((reads) => trial(reads, intent))
    if (events instanceof Refusal) return events
    // What is only repeated has no events, and is not counted again.
    const refusal = events.length > 0 ? intent.admission?.enter() : undefined
    if (refusal) return refusal
    let amended: Amended<Name> = intent
    for (const { name, fields, beforehand } of events) {
      const event = preEventOf(name)
      if (event === null) continue
      let told: Readonly<Record<string, string>> = { ...without(fields, UNCERTAIN[event] ?? []), ...beforehand }
      for (const webhook of webhooks) {
        if (!webhook.filters.includes(event)) continue
        const said = await this.#askOne(webhook, event, told, intent)
        if (said instanceof Refusal) return said
        amended = amend(amended, said)
        told = { ...told, ...said.fields }
      }
    }
    return amended
  }

  #webhooks(serviceSid: string): Awaitable<readonly WebhookRecord[]> {
    const known = this.#asked.get(serviceSid)
    if (known) return known
    const before = this.#asking.get(serviceSid)
    if (before && !before.isStale) return before.answer
    const asking: Asking = { isStale: false, answer: Promise.resolve().then(() => this.#read(serviceSid, asking, before)) }
    this.#asking.set(serviceSid, asking)
    return asking.answer
  }

  /** @param before what others wait for who came earlier: they go on first */
  async #read(serviceSid: string, asking: Asking, before: Asking | undefined): Promise<readonly WebhookRecord[]> {
    try {
      const reading = this.#store.read((reads) => reads.listening(serviceSid, undefined))
      const [all] = await Promise.all([reading, before?.answer.catch(() => {})])
      const asked = all.filter(({ preUrl, filters }) => preUrl !== null && filters.some(isPreEvent))
      // What was set anew meanwhile is not known yet.
      if (!asking.isStale) this.#asked.set(serviceSid, asked)
      return asked
    } finally {
      if (this.#asking.get(serviceSid) === asking) this.#asking.delete(serviceSid)
    }
  }

  async #askOne<Name extends AnyCommandType>(
    webhook: WebhookRecord,
    event: PreEvent,
    told: Readonly<Record<string, string>>,
    { actor, command }: Intent<Name>,
  ): Promise<Said | Refusal> {
    const { status, body } = await this.#ports.send({
      eventId: `${event}.${this.#makeSid('webhook')}`,
      accountSid: webhook.accountSid,
      url: webhook.preUrl ?? '',
      method: webhook.method,
      fields: { EventType: event, ...told, ...senderFields(webhook, actor), RetryCount: '0' },
    })
    if (status !== undefined && status >= 400) return new Refusal('webhook-blocked', { event })
    if (status !== 200) {
      this.#ports.unanswered(webhook.sid, event)
      return { command: {}, given: {}, fields: {} }
    }
    return changesIn(body, CHANGES[command.type as Name] ?? [])
  }
}

const isPreEvent = (name: string) => (PRE_EVENTS as readonly string[]).includes(name)

/**
 * What would happen, from one committed state; nothing when it has happened already. What is new gets its SID when it really comes to be,
 * so those of the trial are not told.
 */
async function trial<Name extends AnyCommandType>(reads: Reads, intent: Intent<Name>): Promise<readonly HookEvent[] | Refusal> {
  const { actor, command, given, handler, context, isKnown } = intent
  if (await isKnown(reads)) return []
  const made = new Set<string>()
  const makeSid: MakeSid = (kind) => {
    const sid = context.makeSid(kind)
    made.add(sid)
    return sid
  }
  const decision = await handler.handle(reads, actor, command, { ...context, makeSid }, given)
  if (decision instanceof Refusal) return decision
  const { published } = decision.changes
  const events: HookEvent[] = []
  for (const one of published) {
    if (isHeard(one)) events.push(...(await hookEvents(reads, one, { published, now: context.now })))
  }
  return events.map((event) => ({ ...event, fields: certain(event.fields, made) }))
}

/** Fields without those that name what is not there yet. */
function certain(fields: HookEvent['fields'], made: ReadonlySet<string>): HookEvent['fields'] {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !made.has(value)))
}

/** What a webhook wants changed. */
interface Said {
  readonly command: object
  readonly given: object
  readonly fields: Readonly<Record<string, string>>
}

/** What an answer changes; one that is not JSON changes nothing, and one of the wrong kind is reported. */
function changesIn(body: string, allowed: readonly Change[]): Said | Refusal {
  const said: { command: Record<string, string>; given: Record<string, string>; fields: Record<string, string> } = {
    command: {},
    given: {},
    fields: {},
  }
  const answer = parse(body)
  for (const change of allowed) {
    const value = Object.hasOwn(answer, change) ? (answer as Record<string, unknown>)[change] : undefined
    // Many languages write null for what is not there.
    if (value === undefined || value === null) continue
    if (typeof value !== 'string' || !isCleanText(value))
      return new Refusal('parameter-invalid', { field: change, by: 'webhook' })
    const { field, part, name } = CHANGEABLE[change]
    said[part][name] = value
    said.fields[field] = value
  }
  return said
}

function parse(body: string): object {
  try {
    const answer: unknown = JSON.parse(body)
    return typeof answer === 'object' && answer !== null ? answer : {}
  } catch {
    return {}
  }
}

function amend<Name extends AnyCommandType>({ command, given }: Amended<Name>, said: Said): Amended<Name> {
  return { command: { ...command, ...said.command }, given: { ...given, ...said.given } }
}

function without(fields: Readonly<Record<string, string>>, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}

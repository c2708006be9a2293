import { type Actor, type Attachment, type Core, type LogPlace, Refusal, type UserSubscriptions } from '@conversa/core'
import type { ConversationEvent, Event, UserEvent } from '@conversa/protocol'
import { type Answer, refused } from '../client-api/answer.ts'
import { isJsonObject } from '../twilsock/json.ts'
import type { GatewayContext } from '../twilsock/peer.ts'
import type { Item, Items } from './items.ts'
import { commandsName, FORMS, namesIn, objectNamed, type SyncObject } from './names.ts'
import { documentOf, infoOf, type SyncEvent, type Translator } from './translator.ts'

/** What subscriptions need of their session. */
export interface SubscriptionsOptions {
  readonly core: Core
  readonly actor: Actor
  readonly translator: Translator
  /** How the session hears; for conversations that the user is not in. */
  readonly attachment: Attachment
  /** The other users that the session hears of. */
  readonly users: UserSubscriptions
  /** Milliseconds since 1970, and calling back later. */
  readonly clock: GatewayContext['clock']
  /** What waiting for the other end is measured by. */
  readonly transport: GatewayContext['transport']
  /** Whether the client was connected before: what it followed it follows again in a moment. */
  readonly isBack: boolean
  /** Sends a notification of this kind; `asked` when it answers, and who reads it slowly is waited for. */
  readonly notify: (type: string, payload: object, asked?: boolean) => void
  /** Waits until the other end has read what it asked for. False when it is gone. */
  readonly room: () => Promise<boolean>
  /** Waits until the other end has done what it was told. */
  readonly done: () => Promise<void>
  /** More waits for the other end than it will ever catch up with: it is to come back and ask. */
  readonly fellBehind: () => void
  readonly failed: (error: unknown) => void
  /** What a client of 1.x has to know of its session. */
  readonly context: () => Promise<object>
}

/** What happened to an object since an event. */
interface Missed {
  /** Where the object stands: what came later is heard live. */
  readonly revision: number
  /** In order; in pieces, since there may be very much. */
  readonly pieces: AsyncIterable<readonly SyncEvent[]> | Iterable<readonly SyncEvent[]>
}

interface Wanted {
  readonly object_sid: string
  readonly last_event_id?: number | null
}

/** What has a log: users are told as they are now. */
type Logged = Exclude<SyncObject, { readonly kind: 'user_info' | 'commands' }>

type Log = (place: LogPlace) => Promise<readonly Event[] | undefined>

const LIVE = 'twilio.sync.event'

/** Objects in one request of the client. */
const BATCH = 1000
/** Milliseconds after which a client that heard nothing asks again. */
const DELIVERY = 5000
/** Milliseconds in which a client that is back follows again what it followed; it begins after a tenth of a second. */
const FOLLOWS = 2000
/** Objects that one connection may follow. */
const MOST_FOLLOWED = 40_000
/** Events that are read from the log at once. */
const PIECE = 50
/** Requests that may wait until what they are about is followed: fewer than a connection may have under way. */
const MOST_WAITING = 32
/** Live events that may wait while what was missed is told. */
const MOST_HELD = 5000

/**
 * What one connection follows. Everything goes one after the other, live changes and what was missed: so no event of an object comes
 * before an older one, and none twice.
 */
export class Subscriptions {
  readonly #options: SubscriptionsOptions
  /** Followed objects, with the id of the last event that was sent of each. */
  readonly #sent = new Map<string, number>()
  #tail: Promise<void> = Promise.resolve()
  #held = 0
  /** Who waits for an object to be followed. */
  readonly #waiting: { readonly object: string; readonly go: (isFollowed: boolean) => void }[] = []
  #hasEnded = false
  /** When the connection began, milliseconds since 1970. */
  readonly #began: number
  /** Objects of which a page is being read, and what was told to be gone from them meanwhile, with the ids of those events. */
  readonly #reading = new Set<{ readonly name: string; readonly gone: Map<Item['key'], number> }>()

  constructor(options: SubscriptionsOptions) {
    this.#options = options
    this.#began = options.transport.now()
  }

  /** Follows objects, or ends it (twilio-wire-protocol 5.3). */
  requested({ action, correlation_id, requests }: Readonly<Record<string, unknown>>): Answer {
    if (!Array.isArray(requests) || requests.length > BATCH || !requests.every(isWanted)) {
      return refused(new Refusal('parameter-invalid', { field: '/requests' }))
    }
    for (const wanted of requests) {
      this.#enqueue(() => (action === 'cancel' ? this.#cancel(wanted, correlation_id) : this.#establish(wanted, correlation_id)))
    }
    return { status: 202, body: { max_batch_size: BATCH, estimated_delivery_in_ms: DELIVERY, ttl_in_s: -1 } }
  }

  /** Something happened that concerns the user. */
  heard(event: Event): void {
    const { translator, actor } = this.#options
    if (++this.#held > MOST_HELD) {
      this.#options.fellBehind()
      return
    }
    const tell = () =>
      this.#enqueue(async () => {
        this.#held--
        this.#send(await translator.of(actor.serviceSid, event))
        if ('revision' in event) this.#advance(event)
      })
    // The client takes a conversation for left when its own entry goes, and for removed when the rest does: in this order, and the
    // entry's event comes second (twilio-wire-protocol 10.5).
    if (event.type === 'conversation.deleted') queueMicrotask(tell)
    else tell()
  }

  /** Waits until an object is followed. False when too many wait already, or nobody will hear of it any more. */
  async followed(object: string): Promise<boolean> {
    if (this.#sent.has(object)) return true
    if (this.#hasEnded || this.#waiting.length >= MOST_WAITING) return false
    return new Promise((go) => this.#waiting.push({ object, go }))
  }

  /**
   * Adds an item to a list that is followed and that is this connection's own. Nobody else hears of it.
   *
   * @returns its index, when it has been sent
   */
  async add(list: string, data: object): Promise<number> {
    let index = 0
    this.#enqueue(async () => {
      index = this.#numberAfter(this.#sent.get(list) ?? 0)
      const fields = { list_sid: list, item_index: index, item_revision: '0', item_data: data }
      this.#send([{ object: list, id: index, type: 'list_item_added', fields }], true)
    })
    await this.drained()
    return index
  }

  /** The connection is gone. */
  end(): void {
    this.#hasEnded = true
    for (const { go } of this.#waiting.splice(0)) go(false)
  }

  /**
   * Reads a page of an object so that it fits in between what is told of it. Who is shown the object as of a revision takes every older
   * event for one that it knows, and never tells the application of it: so those events come first, and are done first. What a later
   * event took away meanwhile is left out: the client stumbles over what it knows to be gone.
   */
  async page(name: string, read: () => Promise<Items>): Promise<Items> {
    await this.#followedSoon(name)
    const reading = { name, gone: new Map<Item['key'], number>() }
    this.#reading.add(reading)
    try {
      const page = await read()
      await this.#tellUpTo(name, page.revision)
      return { ...page, items: page.items.filter(({ key }) => (reading.gone.get(key) ?? 0) <= page.revision) }
    } finally {
      this.#reading.delete(reading)
    }
  }

  /**
   * Settles when the client knows of an object all that happened up to a revision, if it follows it. The newest client takes its own
   * memory for the end of a list: so whoever asks for a count when they are back knows afterwards what they missed.
   */
  async told(name: string, revision: number): Promise<void> {
    await this.#followedSoon(name)
    await this.#tellUpTo(name, revision)
  }

  /** Settles when an object is followed that was followed before, or will hardly be any more. */
  async #followedSoon(name: string): Promise<void> {
    const { isBack, transport } = this.#options
    const left = this.#began + FOLLOWS - transport.now()
    if (!isBack || left <= 0 || this.#sent.has(name)) return
    await new Promise<void>((resolve) => {
      const cancel = transport.after(Math.min(left, FOLLOWS), resolve)
      void this.followed(name).then(() => {
        cancel()
        resolve()
      })
    })
  }

  /** Tells what happened to a followed object up to a revision, unless it was told before. */
  async #tellUpTo(name: string, revision: number): Promise<void> {
    this.#enqueue(async () => {
      const last = this.#sent.get(name)
      const object = objectNamed(name)
      if (last === undefined || last >= revision || !object || object.kind === 'user_info' || object.kind === 'commands') return
      for await (const events of this.#pieces(this.#logOf(object), last, revision, [])) {
        this.#send(events, true)
        if (!(await this.#options.room())) return
      }
      this.#sent.set(name, Math.max(revision, this.#sent.get(name) ?? 0))
    })
    await this.drained()
    if (this.#sent.has(name)) await this.#options.done()
  }

  /** Settles when everything that was heard so far has been told. */
  drained(): Promise<void> {
    return this.#tail
  }

  #enqueue(task: () => Promise<void>): void {
    this.#tail = this.#tail.then(task).catch(this.#options.failed)
  }

  #send(events: readonly SyncEvent[], asked = false): void {
    for (const { object, id, type, fields, removes } of events) {
      const last = this.#sent.get(object)
      if (last === undefined || (id !== undefined && id <= last)) continue
      const number = id ?? this.#numberAfter(last)
      this.#sent.set(object, number)
      for (const { name, gone } of this.#reading) if (name === object && removes !== undefined) gone.set(removes, number)
      const date_created = new Date(this.#options.clock.now()).toISOString()
      this.#options.notify(LIVE, { event_type: type, event: { id: number, ...fields, date_created } }, asked)
    }
  }

  /** For what has no revision: above all that was sent, by other servers too. */
  #numberAfter(last: number): number {
    return Math.max(last + 1, this.#options.clock.now())
  }

  /** All objects of a scope have been told what there is to tell of an event, some of them nothing. */
  #advance(event: ConversationEvent | UserEvent): void {
    for (const object of namesIn(event)) {
      const last = this.#sent.get(object)
      if (last !== undefined && last < event.revision) this.#sent.set(object, event.revision)
    }
  }

  /** What is kept of the changes of an object. */
  #logOf(object: Logged): Log {
    const { core, actor } = this.#options
    return (place) =>
      'conversationSid' in object ? core.conversationLog(actor, object.conversationSid, place) : core.userLog(actor, place)
  }

  async #cancel({ object_sid }: Wanted, correlation_id: unknown): Promise<void> {
    this.#sent.delete(object_sid)
    const object = objectNamed(object_sid)
    if (object?.kind === 'user_info') this.#options.users.end(object.identity)
    const event = { object_sid, object_type: formOf(object_sid) }
    this.#options.notify(LIVE, { event_type: 'subscription_canceled', correlation_id, event })
  }

  async #establish({ object_sid, last_event_id }: Wanted, correlation_id: unknown): Promise<void> {
    const object = objectNamed(object_sid)
    const common = { object_sid, object_type: formOf(object_sid) }
    const missed = object && this.#sent.size < MOST_FOLLOWED ? await this.#missed(object, last_event_id ?? undefined) : undefined
    if (!missed) {
      const error = { status: 404, code: 54100, message: 'unable to find the object' }
      this.#options.notify(LIVE, { event_type: 'subscription_failed', correlation_id, event: { ...common, error } })
      return
    }
    this.#sent.set(object_sid, last_event_id ?? missed.revision)
    for await (const events of missed.pieces) {
      this.#send(events, true)
      if (!(await this.#options.room())) return
    }
    const last = Math.max(missed.revision, this.#sent.get(object_sid) ?? 0)
    this.#sent.set(object_sid, last)
    const event = { ...common, replay_status: 'completed', last_event_id: last }
    this.#options.notify(LIVE, { event_type: 'subscription_established', correlation_id, event })
    for (const waiting of this.#waiting.filter(({ object }) => object === object_sid)) {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      waiting.go(true)
    }
  }

  /**
   * What happened to an object since an event, derived from the core's log.
   *
   * @returns undefined when the user may not see it
   */
  async #missed(object: SyncObject, after: number | undefined): Promise<Missed | undefined> {
    if (object.kind === 'user_info') return this.#missedOfProfile(object.identity, after)
    if (object.kind === 'commands') return this.#missedOfSession(object.identity, after)
    if (object.kind === 'my_conversations') return this.#missedOfUser(object.identity, after)
    return this.#missedOfConversation(object.conversationSid, after)
  }

  async #missedOfConversation(conversationSid: string, after: number | undefined): Promise<Missed | undefined> {
    const { core, actor, attachment } = this.#options
    const query = { type: 'conversation.get', conversationSid } as const
    const found = await core.watch(actor, query, attachment)
    if (found instanceof Refusal) return undefined
    const { revision, membership } = found.conversation
    if (membership) attachment.unwatch(conversationSid)
    const log = this.#logOf({ kind: 'channel', conversationSid })
    return { revision, pieces: this.#pieces(log, after ?? revision, revision, [documentOf(found.conversation)]) }
  }

  async #missedOfUser(identity: string, after: number | undefined): Promise<Missed | undefined> {
    const { core, actor } = this.#options
    if (identity !== actor.identity) return undefined
    const { revision } = (await core.catchUpUser(actor, undefined)).news
    return {
      revision,
      pieces: this.#pieces(this.#logOf({ kind: 'my_conversations', identity }), after ?? revision, revision, []),
    }
  }

  /** Answers to commands went with the connection that asked: what is told is the context, for which a client of 1.x waits. */
  async #missedOfSession(identity: string, after: number | undefined): Promise<Missed | undefined> {
    const { actor, context } = this.#options
    if (identity !== actor.identity) return undefined
    const list = commandsName(identity)
    const fields = { list_sid: list, context_data: await context() }
    return { pieces: [[{ object: list, id: undefined, type: 'list_context_updated', fields }]], revision: after ?? 0 }
  }

  /** What a user is like now is told to whoever comes back, changed or not: the client sees what differs. */
  async #missedOfProfile(identity: string, after: number | undefined): Promise<Missed | undefined> {
    const found = await this.#options.users.get({ type: 'user.get', identity })
    if (found instanceof Refusal) return undefined
    return { pieces: after === undefined ? [] : [infoOf(found.user, found.reachability)], revision: found.user.dateUpdated }
  }

  /**
   * A log, from a revision to another, as changes of objects.
   *
   * @param instead what is told where the log is not kept, or not for this user: the state of now
   */
  async *#pieces(log: Log, after: number, through: number, instead: readonly SyncEvent[]): AsyncGenerator<readonly SyncEvent[]> {
    for (let at = after; at < through; at += PIECE) {
      const piece = await log({ after: at, limit: Math.min(PIECE, through - at) })
      yield piece ? await this.#translated(piece) : instead
      if (!piece) return
    }
  }

  async #translated(piece: readonly Event[]): Promise<SyncEvent[]> {
    const { translator, actor } = this.#options
    const events: SyncEvent[] = []
    for (const event of piece) events.push(...(await translator.of(actor.serviceSid, event)))
    // Of a document only what it is like in the end is of interest.
    return events.filter(({ type, object }, at) => {
      return type !== 'document_updated' || !events.some((later, place) => place > at && later.object === object)
    })
  }
}

function formOf(name: string): string {
  const object = objectNamed(name)
  return object ? FORMS[object.kind] : 'document'
}

function isWanted(value: unknown): value is Wanted {
  if (!isJsonObject(value)) return false
  const { object_sid, last_event_id } = value
  const isId = last_event_id === undefined || last_event_id === null || Number.isSafeInteger(last_event_id)
  return typeof object_sid === 'string' && isId
}

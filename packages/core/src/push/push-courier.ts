import { LIMITS, type PushChannel } from '@conversa/protocol'
import { Changes } from '../commands/changes.ts'
import { credentialFor } from '../commands/push-credential.ts'
import type { Recorded } from '../execution/commit.ts'
import type { Presence } from '../fan-out/presence.ts'
import type { Attempt, Courier } from '../outbox/outbox-courier.ts'
import type { Now } from '../ports/ports.ts'
import type { Reads, Store, Tx } from '../ports/store.ts'
import type { OutboxEntry } from '../records/outbox-entry.ts'
import type { PushSecret } from '../records/records.ts'
import { pushNotice } from './push-notice.ts'
import type { PushAnswer, PushNotice, PushRequest, SendPush } from './push-sender.ts'

/** Milliseconds after which nobody wants to be told any more. */
const OLDEST = 24 * 60 * 60 * 1000
/** More than there are in that time. */
const TRIES = 1000

/** Why pushes do not arrive, for whoever runs the server. */
export interface PushProblem {
  readonly accountSid: string
  readonly channelType: PushChannel
  /** What the service says, or what is missing; it names nobody. */
  readonly reason: string
}

/** What became of one try of a push, where a service wants its pushes logged; it repeats nothing that anybody wrote. */
export interface PushLogEntry {
  readonly id: string
  readonly serviceSid: string
  readonly conversationSid: string
  readonly bindingSid: string
  readonly channelType: PushChannel
  readonly event: PushNotice['type']
  readonly outcome: PushAnswer['outcome']
  /** What the service that carries it said, when it did not take it. */
  readonly reason?: string
}

/** What pushing needs of the world. */
export interface PushPorts {
  readonly send: SendPush
  /** Makes keys for browsers: a point and a number of P-256, in base64url. */
  makeKeys(): { readonly publicKey: string; readonly privateKey: string }
  /** What is used in place of keys that are made and kept in the store. */
  readonly webKeys?: { readonly publicKey: string; readonly privateKey: string } | undefined
  /** Whether people who are connected are pushed to as well; they are not unless it says so. */
  readonly toConnected?: boolean | undefined
  /** Closes the connections to those services. */
  close(): void
  /** Hears that a push did not arrive for a reason that somebody has to mend. */
  troubled(problem: PushProblem): void
  /** Hears of every try of services that have `LogEnabled` (rest-and-semantics 1.4). */
  logged(entry: PushLogEntry): void
}

export interface PushContext {
  readonly store: Store
  readonly now: Now
  readonly presence: Presence
  readonly ports: PushPorts
  /** Tells what follows a commit. */
  readonly tell: (recorded: Recorded) => void
}

interface Pushed extends Attempt {
  /** The device is not registered any more. */
  readonly isGone?: boolean
}

type Entry = OutboxEntry<'push'>

const NEEDLESS: Pushed = { outcome: 'refused' }

/** Sends pushes, each as everything stands when it is sent: what was removed, read or muted meanwhile is not told. */
export class PushCourier implements Courier<'push', Pushed> {
  readonly kind = 'push'
  readonly tries = TRIES
  readonly atOnce = 16
  readonly #context: PushContext

  constructor(context: PushContext) {
    this.#context = context
  }

  async send(entry: Entry): Promise<Pushed> {
    const { store, now, ports } = this.#context
    if (now() - entry.dateCreated > OLDEST) return NEEDLESS
    const found = await store.read((reads) => this.#request(reads, entry))
    if (!found) return NEEDLESS
    const { request, isLogged } = found
    const answer = await ports.send(request)
    if (isLogged) this.#log(entry, request, answer)
    return this.#attempt(entry, request, answer)
  }

  #log({ payload }: Entry, { id, channelType, notice }: PushRequest, answer: PushAnswer): void {
    const { serviceSid, conversationSid, registrationSid: bindingSid } = payload
    const { outcome } = answer
    const reason = 'reason' in answer ? { reason: answer.reason } : {}
    this.#context.ports.logged({
      id,
      serviceSid,
      conversationSid,
      bindingSid,
      channelType,
      event: notice.type,
      outcome,
      ...reason,
    })
  }

  /** A device that is gone is forgotten with the end of the entry. */
  async settle({ payload }: Entry, { answer }: { readonly answer: Pushed }, write: (tx: Tx) => Promise<void>): Promise<void> {
    const { store, tell } = this.#context
    const { serviceSid, identity, registrationSid } = payload
    if (!answer.isGone) return store.transact([], write)
    const changes = await store.transact([{ user: { serviceSid, identity } }], async (tx) => {
      await write(tx)
      const own = await tx.pushRegistrations({ serviceSid, identity }, LIMITS.pushRegistrationsPerUser)
      const gone = own.find(({ sid }) => sid === registrationSid)
      const found = new Changes()
      if (gone) found.pushUnregistered(gone, own)
      found.write(tx)
      return found
    })
    tell({ changes, drafts: [] })
  }

  /** @returns what is to be sent, and whether the service wants to read in the log what becomes of it; undefined for nothing */
  async #request(
    reads: Reads,
    { eventId, accountSid, payload }: Entry,
  ): Promise<{ readonly request: PushRequest; readonly isLogged: boolean } | undefined> {
    const { presence, ports } = this.#context
    const { serviceSid, identity, registrationSid } = payload
    const registration = await reads.pushRegistrationBySid(serviceSid, registrationSid)
    // Somebody else may have the device by now.
    if (registration?.identity !== identity) return undefined
    if (!ports.toConnected && presence.isPresent(registration)) return undefined
    const service = await reads.service(serviceSid)
    const notice = service && (await pushNotice(reads, service, { ...payload, identity }))
    if (!notice) return undefined
    const { channelType, registrationId, credentialSid } = registration
    const { webKeys } = ports
    const secret: PushSecret | undefined =
      channelType === 'web' && webKeys
        ? { type: 'web', ...webKeys }
        : (await credentialFor(reads, accountSid, channelType, credentialSid))?.secret
    if (!secret) {
      ports.troubled({ accountSid, channelType, reason: 'the account has no credential for it' })
      return undefined
    }
    const request = { id: eventId, channelType, registrationId, secret, notice }
    return { request, isLogged: service.notifications.logEnabled }
  }

  #attempt({ accountSid, attempts }: Entry, { channelType }: PushRequest, answer: PushAnswer): Pushed {
    const { ports } = this.#context
    switch (answer.outcome) {
      case 'arrived':
        return { outcome: 'arrived' }
      case 'later':
        return { outcome: 'failed', pause: answer.after }
      case 'gone':
        return { outcome: 'refused', isGone: true }
      case 'denied':
        if (attempts === 0) ports.troubled({ accountSid, channelType, reason: answer.reason })
        return { outcome: 'failed' }
      case 'refused':
        ports.troubled({ accountSid, channelType, reason: answer.reason })
        return NEEDLESS
    }
  }
}

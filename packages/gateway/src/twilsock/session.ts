import { type Actor, type Attachment, type Listener, Refusal, refusalAfter, type TokenHolder, TokenLife } from '@conversa/core'
import { CLOSE_CODES, type Event } from '@conversa/protocol'
import { type Answer, refused, statusName } from '../client-api/answer.ts'
import { Call } from '../client-api/call.ts'
import { answerTunnel } from '../client-api/routes.ts'
import { sessionContext } from '../client-api/version-1/session.ts'
import { Subscriptions } from '../sync/subscriptions.ts'
import type { Translator } from '../sync/translator.ts'
import { Acknowledgements } from './acknowledgements.ts'
import type { Continuations } from './continuations.ts'
import { type Packet, type PacketHeader, readPacket, writePacket } from './packet.ts'
import type { GatewayContext, Grant, Peer } from './peer.ts'
import { readTunnel } from './tunnel.ts'

type State =
  | { readonly kind: 'waiting'; readonly giveUp: () => void }
  | { readonly kind: 'starting' }
  | Started
  | { readonly kind: 'ended' }

interface Started {
  readonly kind: 'started'
  readonly actor: Actor
  readonly grant: Grant
  readonly attachment: Attachment
  readonly subscriptions: Subscriptions
  /** The name under which its client comes back. */
  readonly continuation: string
}

/** What all connections of a server have in common. */
export interface Common {
  readonly translator: Translator
  readonly continuations: Continuations
}

const DONE = { code: 200, status: 'OK' } as const
const TYPING = 'twilio.ipmsg.typing_indicator'
/** Packets that are none, after which nothing sensible is to be expected any more. */
const MOST_MALFORMED = 20
/** Requests under way, beyond which nothing more is read. */
const MOST_UNDER_WAY = 64
/** Close codes of WebSocket: a policy was violated, and what came cannot be read. */
const [POLICY, UNREADABLE] = [1008, 1003]

/** One connection of the vendor's client, from its first packet to its end (twilio-wire-protocol 2). */
export class TwilsockSession implements Listener, TokenHolder {
  readonly #context: GatewayContext
  readonly #translator: Translator
  readonly #continuations: Continuations
  readonly #peer: Peer
  readonly #tokenLife: TokenLife
  #state: State
  readonly #acknowledgements: Acknowledgements
  #malformed = 0
  readonly #underWay = new Set<Promise<void>>()
  #congested = false
  readonly #waiting: (() => void)[] = []

  constructor(context: GatewayContext, { translator, continuations }: Common, peer: Peer) {
    this.#context = context
    this.#translator = translator
    this.#continuations = continuations
    this.#peer = peer
    this.#acknowledgements = new Acknowledgements(context.transport, () => this.#close(CLOSE_CODES.resynchronise))
    this.#tokenLife = new TokenLife(context, this)
    this.#state = { kind: 'waiting', giveUp: context.transport.after(context.times.signIn, () => this.#close(POLICY)) }
  }

  /** Takes one WebSocket message. */
  receive(data: Buffer): void {
    if (this.#state.kind === 'ended') return
    const packet = readPacket(data)
    if (packet instanceof Refusal) {
      if (++this.#malformed >= MOST_MALFORMED) this.#close(UNREADABLE)
      return
    }
    const request = this.#serve(packet)
      .catch((error: unknown) => {
        this.#context.failed(error)
        this.#answer(packet, refused(refusalAfter(error)))
      })
      .finally(() => {
        this.#underWay.delete(request)
        this.#holdIfBusy()
      })
    this.#underWay.add(request)
    this.#holdIfBusy()
  }

  /** Hears an event that concerns the user. */
  deliver(event: Event): void {
    if (this.#state.kind !== 'started') return
    if (event.type === 'typing.started') {
      const { conversationSid, identity, timeout } = event
      this.#notify(TYPING, { channel_sid: conversationSid, identity, typing_timeout: timeout / 1000 })
    } else this.#state.subscriptions.heard(event)
  }

  /** Comes back and begins anew. */
  lost(): void {
    this.#close(CLOSE_CODES.resynchronise)
  }

  tokenAboutToExpire(): void {
    this.#send({ method: 'client_update', client_update_type: 'token_about_to_expire' })
  }

  tokenExpired(): void {
    this.#send({ method: 'close', status: { code: 410, status: 'TOKEN_EXPIRED', description: 'the token has expired' } })
    this.#close(POLICY)
  }

  /** Answers wait to be read, or have got away: until then nothing more is read. */
  congest(congested: boolean): void {
    this.#congested = congested
    this.#holdIfBusy()
    if (!congested) this.#letOn()
  }

  /** Waits until what was asked for is answered, and what was heard is told. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await this.#decided()
    if (this.#state.kind === 'started') await this.#state.subscriptions.drained()
  }

  /** The connection is gone, or is to go. */
  end(): void {
    const state = this.#state
    this.#state = { kind: 'ended' }
    this.#tokenLife.stop()
    this.#acknowledgements.stop()
    if (state.kind === 'waiting') state.giveUp()
    if (state.kind === 'started') {
      state.attachment.detach()
      state.subscriptions.end()
      void this.#decided().then(() => this.#continuations.remove(state.continuation, this))
    }
    this.#letOn()
  }

  /** The client has come back on another connection. Settles when everything that it asked for on this one is decided. */
  giveWay(): Promise<void> {
    if (this.#state.kind !== 'ended') this.#close(CLOSE_CODES.resynchronise)
    return this.#decided()
  }

  async #decided(): Promise<void> {
    await Promise.allSettled(this.#underWay)
  }

  /** Waits until the other end has read enough of what it asked for, one turn at least. False when it is gone. */
  async #room(): Promise<boolean> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    while (this.#congested && this.#state.kind !== 'ended') await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.#state.kind !== 'ended'
  }

  #letOn(): void {
    for (const resume of this.#waiting.splice(0)) resume()
  }

  #holdIfBusy(): void {
    this.#peer.hold(this.#congested || this.#underWay.size > MOST_UNDER_WAY)
  }

  async #serve(packet: Packet): Promise<void> {
    switch (packet.header.method) {
      case 'init':
        return this.#init(packet)
      case 'update':
        return this.#update(packet)
      case 'message':
        return this.#message(packet)
      case 'put_notification_ctx':
      case 'delete_notification_ctx':
        return this.#reply(packet, DONE)
      case 'close':
        return this.#close(1000)
      case 'reply':
        return this.#acknowledgements.came(packet.header.id)
      default:
        // Telemetry, and whatever else needs no answer.
        return undefined
    }
  }

  async #init(packet: Packet): Promise<void> {
    if (this.#state.kind !== 'waiting') return this.#refuse(packet, new Refusal('session-already-started'))
    this.#state.giveUp()
    const starting: State = { kind: 'starting' }
    this.#state = starting
    const opened = await this.#open(packet.header)
    if (this.#state !== starting) {
      if (!(opened instanceof Refusal)) opened.attachment.detach()
      return
    }
    if (opened instanceof Refusal) {
      this.#refuse(packet, opened)
      this.#close(POLICY)
      return
    }
    this.#state = opened
    this.#continuations.add(opened.continuation, this)
    // No storage is offered: a browser would keep objects that this server need not be asked for again (twilio-wire-protocol 10.3).
    this.#reply(packet, DONE, { capabilities: ['client_update'], continuation_token: packet.header.id })
    this.#tokenLife.follow(opened.grant.expiresAt)
  }

  async #open({ id, token, continuation_token: last }: PacketHeader): Promise<Started | Refusal> {
    const { core, clock } = this.#context
    const grant = await this.#verified(token)
    if (grant instanceof Refusal) return grant
    const { serviceSid, identity, deploymentRoleSid, pushCredentialSid } = grant
    const admitted = await core.signIn({ serviceSid, identity, roleSid: deploymentRoleSid })
    if (admitted instanceof Refusal) return admitted
    const actor: Actor = { kind: 'user', serviceSid, identity, pushCredentialSid }
    const continuationOf = (text: string) => JSON.stringify([serviceSid, identity, text])
    if (typeof last === 'string') await this.#continuations.supersede(continuationOf(last))
    const attachment = await core.attach(actor, this)
    const subscriptions = new Subscriptions({
      core,
      actor,
      translator: this.#translator,
      attachment,
      users: core.userSubscriptions(actor, attachment),
      clock,
      transport: this.#context.transport,
      isBack: typeof last === 'string',
      notify: (type, payload, asked) => this.#notify(type, payload, asked),
      room: () => this.#room(),
      done: () => this.#acknowledgements.done(),
      fellBehind: () => this.#close(CLOSE_CODES.resynchronise),
      failed: this.#context.failed,
      context: () => sessionContext({ core, grant, origin: this.#peer.origin }),
    })
    return { kind: 'started', actor, grant, attachment, subscriptions, continuation: continuationOf(id) }
  }

  async #update(packet: Packet): Promise<void> {
    const state = this.#state
    const grant = await this.#verified(packet.header.token)
    if (state.kind !== 'started' || this.#state !== state) return this.#refuse(packet, new Refusal('session-not-started'))
    if (grant instanceof Refusal) return this.#refuse(packet, grant)
    const isSame = (['identity', 'serviceSid', 'accountSid'] as const).every((name) => grant[name] === state.grant[name])
    if (!isSame) return this.#refuse(packet, new Refusal('identity-changed'))
    this.#state = { ...state, grant }
    this.#tokenLife.follow(grant.expiresAt)
    this.#reply(packet, DONE)
  }

  async #message(packet: Packet): Promise<void> {
    const state = this.#state
    if (state.kind !== 'started') return this.#answer(packet, refused(new Refusal('session-not-started')))
    const request = readTunnel(packet)
    if (request instanceof Refusal) return this.#answer(packet, refused(request))
    const { core } = this.#context
    const answer = await answerTunnel(new Call({ core, origin: this.#peer.origin, ...state }, request))
    // What a write caused is told before it is answered: who awaits it sees it.
    if (request.method !== 'GET') await state.subscriptions.drained()
    this.#answer(packet, answer)
  }

  async #verified(token: unknown): Promise<Grant | Refusal> {
    const grant = await this.#context.verify(typeof token === 'string' ? token : '')
    return 'refused' in grant ? new Refusal(grant.refused, grant.detail) : grant
  }

  /** What the tunnel answers is an HTTP answer in a transport that worked (twilio-wire-protocol 10.7). */
  #answer(packet: Packet, { status, body }: Answer): void {
    this.#reply(packet, DONE, { http_status: { code: status, status: statusName(status) }, http_headers: {} }, body)
  }

  #refuse(packet: Packet, refusal: Refusal): void {
    const { code, message, status } = refusal.body()
    this.#reply(packet, { code: status, status: message, description: message, errorCode: code })
  }

  #reply({ header: { id } }: Packet, status: object, fields: object = {}, payload?: object): void {
    this.#write({ method: 'reply', id, status, ...fields }, payload, true)
  }

  #notify(type: string, payload: object, asked?: boolean): void {
    this.#send({ method: 'notification', message_type: type }, payload, asked)
  }

  #send(header: Omit<PacketHeader, 'id'>, payload?: object, asked = false): void {
    if (this.#state.kind === 'ended') return
    this.#write({ ...header, id: this.#acknowledgements.next() } as PacketHeader, payload, asked)
  }

  #write(header: PacketHeader, payload: object | undefined, asked: boolean): void {
    if (this.#state.kind !== 'ended') this.#peer.send(writePacket(header, payload), asked)
  }

  #close(code: number): void {
    this.end()
    this.#peer.close(code)
  }
}

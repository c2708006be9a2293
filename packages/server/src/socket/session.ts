import {
  type Actor,
  type Attachment,
  type Core,
  type Listener,
  Refusal,
  refusalAfter,
  type TokenHolder,
  TokenLife,
  type UserSubscriptions,
} from '@conversa/core'
import { CLOSE_CODES, type Command, type Event, LIMITS, type Notice, type Request } from '@conversa/protocol'
import { COMMANDS } from '@conversa/protocol/schema'
import { eventFrame } from './event-frame.ts'
import { readRequest } from './request.ts'
import { RequestQueue, type RequestServer, type Taken } from './request-queue.ts'
import type { SocketPeer } from './socket.ts'
import { openSession, type SignInContext } from './start-session.ts'

/** Where our socket is reached. */
export const SOCKET_PATH = '/v1/socket'

/** How a request ended. */
type Outcome = 'ok' | 'refused' | 'failed'

/** What happened in a session, for counters and logs. */
export interface SessionObserver {
  started(): void
  answered(type: string, outcome: Outcome, milliseconds: number): void
  delivered(): void
  failed(error: unknown): void
}

/** What all sessions of a server share. */
export interface SessionContext extends SignInContext {
  readonly observer: SessionObserver
}

type State =
  | { readonly kind: 'waiting'; readonly giveUp: () => void }
  /** Events that come before the session is answered are held. */
  | { readonly kind: 'starting'; readonly held: Event[] }
  | Started
  | { readonly kind: 'ended' }

interface Started {
  readonly kind: 'started'
  readonly core: Core
  readonly actor: Actor
  readonly accountSid: string
  readonly attachment: Attachment
}

/** Malformed frames after which nothing sensible is to be expected any more. */
const MOST_MALFORMED = 100
/** One connection of our socket, from its first frame to its end. It translates and decides nothing. */
export class Session implements Listener, TokenHolder, RequestServer {
  readonly #context: SessionContext
  readonly #peer: SocketPeer<string>
  readonly #tokenLife: TokenLife
  readonly #requests: RequestQueue
  /** Conversations and users that it hears of by asking; most never ask. */
  #watched: Set<string> | undefined
  #users: UserSubscriptions | undefined
  #state: State
  #malformed = 0

  constructor(context: SessionContext, peer: SocketPeer<string>) {
    this.#context = context
    this.#peer = peer
    this.#requests = new RequestQueue(this)
    this.#tokenLife = new TokenLife(context, this)
    const giveUp = context.transport.after(context.times.signIn, () => this.#close(CLOSE_CODES.signInTimeout))
    this.#state = { kind: 'waiting', giveUp }
  }

  /** Takes a text frame of the client. */
  receive(text: string): void {
    if (this.#state.kind === 'ended') return
    const incoming = readRequest(text)
    if ('request' in incoming) this.#requests.take({ ...incoming, size: text.length })
    else {
      this.#refuse(incoming.id, incoming.refusal)
      if (++this.#malformed >= MOST_MALFORMED) this.#close(CLOSE_CODES.malformed)
    }
  }

  /** Hears an event that concerns the user. */
  deliver(event: Event): void {
    if (this.#state.kind === 'starting') this.#state.held.push(event)
    else if (this.#state.kind === 'started') {
      this.#context.observer.delivered()
      this.#peer.send(eventFrame(event))
    }
  }

  /** Comes back and begins anew. */
  lost(): void {
    this.#close(CLOSE_CODES.resynchronise)
  }

  tokenAboutToExpire(expiresAt: number): void {
    this.#tell({ type: 'token.aboutToExpire', expiresAt })
  }

  tokenExpired(): void {
    this.#tell({ type: 'token.expired' })
    this.#close(CLOSE_CODES.tokenExpired)
  }

  /** Answers wait to be read, or have got away: until then no further request begins. */
  congest(congested: boolean): void {
    this.#requests.congest(congested)
  }

  /** Waits until everything that was asked for is answered. */
  settled(): Promise<void> {
    return this.#requests.settled()
  }

  /** The connection is gone, or is to go. */
  end(): void {
    const state = this.#state
    this.#state = { kind: 'ended' }
    this.#requests.clear()
    this.#tokenLife.stop()
    if (state.kind === 'waiting') state.giveUp()
    if (state.kind === 'started') state.attachment.detach()
  }

  /** Stops reading from the peer, or goes on. */
  hold(held: boolean): void {
    this.#peer.hold(held)
  }

  /** Carries a request out and answers it. */
  async serve({ id, request, isRepeated }: Taken): Promise<void> {
    const { transport: clock, observer } = this.#context
    const began = clock.now()
    const outcome = await this.#carryOut(id, request, isRepeated)
    observer.answered(request.type, outcome, clock.now() - began)
  }

  /** A refusal is an answer; a fault is told as one without its text, and reported. */
  async #carryOut(id: number, request: Request, isRepeated: boolean): Promise<Outcome> {
    try {
      const answer = await (request.type === 'session.start' ? this.#start(id, request) : this.#answer(request, isRepeated))
      if (answer instanceof Refusal) this.#refuse(id, answer)
      else if (answer) this.#reply(id, answer)
      return answer instanceof Refusal ? 'refused' : 'ok'
    } catch (error) {
      this.#context.observer.failed(error)
      this.#refuse(id, refusalAfter(error))
      return 'failed'
    }
  }

  #answer(request: Exclude<Request, { type: 'session.start' }>, isRepeated: boolean): Promise<object> | object {
    if (request.type === 'session.ping') return {}
    const state = this.#state
    if (state.kind !== 'started') return new Refusal('session-not-started')
    if (isCommand(request)) return state.core.execute(state.actor, request, { isRepeated })
    switch (request.type) {
      case 'conversation.get':
        return this.#getConversation(state, request)
      case 'conversation.unsubscribe':
        return this.#unsubscribe(state, request.conversationSid)
      case 'user.get':
        this.#users ??= state.core.userSubscriptions(state.actor, state.attachment)
        return this.#users.get(request)
      case 'user.unsubscribe':
        this.#users?.end(request.identity)
        return {}
      case 'typing.start':
        return state.core.startTyping(state.actor, request.conversationSid)
      case 'session.renew':
        return this.#renew(state, request.token)
      default:
        return state.core.answer(state.actor, request)
    }
  }

  /** Answers by itself, since what was held is sent right after the answer. */
  async #start(id: number, request: Request<'session.start'>): Promise<Refusal | undefined> {
    if (this.#state.kind !== 'waiting') return new Refusal('session-already-started')
    this.#state.giveUp()
    const starting: State = { kind: 'starting', held: [] }
    this.#state = starting
    const opened = await this.#open(request)
    if (this.#state !== starting) {
      if (!(opened instanceof Refusal)) opened.attachment.detach()
      return undefined
    }
    if (opened instanceof Refusal) {
      this.#refuse(id, opened)
      this.#close(closeCodeFor(opened))
      return undefined
    }
    const { actor, grant, attachment, result } = opened
    this.#state = { kind: 'started', core: this.#context.core, actor, accountSid: grant.accountSid, attachment }
    this.#context.observer.started()
    this.#reply(id, result)
    for (const event of starting.held) this.deliver(event)
    this.#tokenLife.follow(grant.expiresAt)
    return undefined
  }

  async #open(request: Request<'session.start'>): ReturnType<typeof openSession> {
    try {
      return await openSession(this.#context, request, this)
    } catch (error) {
      this.#context.observer.failed(error)
      return new Refusal('unavailable')
    }
  }

  async #renew({ actor: { serviceSid, identity }, accountSid }: Started, token: string): Promise<object> {
    const grant = await this.#context.verify(token)
    if ('refused' in grant) return new Refusal(grant.refused, grant.detail)
    const isSame = grant.identity === identity && grant.serviceSid === serviceSid && grant.accountSid === accountSid
    if (!isSame) return new Refusal('identity-changed')
    if (this.#state.kind !== 'started') return new Refusal('session-not-started')
    this.#tokenLife.follow(grant.expiresAt)
    return { expiresAt: grant.expiresAt }
  }

  async #getConversation({ core, actor, attachment }: Started, request: Request<'conversation.get'>): Promise<object> {
    if (!request.subscribe) return core.answer(actor, request)
    const answer = await core.watch(actor, request, attachment)
    if (answer instanceof Refusal) return answer
    const { sid } = answer.conversation
    if (this.#state.kind === 'started' && this.#mayWatch(sid)) {
      this.#watched ??= new Set()
      this.#watched.add(sid)
      return answer
    }
    attachment.unwatch(sid)
    return new Refusal('too-many-subscriptions', { limit: LIMITS.subscriptionsPerSession })
  }

  /** Counted when it is known what was asked for: many may ask at once, and one may be asked for again. */
  #mayWatch(conversationSid: string): boolean {
    const watched = this.#watched
    return !watched || watched.has(conversationSid) || watched.size < LIMITS.subscriptionsPerSession
  }

  #unsubscribe({ attachment }: Started, conversationSid: string): object {
    this.#watched?.delete(conversationSid)
    attachment.unwatch(conversationSid)
    return {}
  }

  #tell(notice: Notice): void {
    this.#send({ notice }, false)
  }

  #reply(id: number, result: object): void {
    this.#send({ reply: id, result }, true)
  }

  #refuse(id: number | null, refusal: Refusal): void {
    this.#send({ reply: id, error: refusal.body() }, true)
  }

  #send(frame: object, asked: boolean): void {
    if (this.#state.kind !== 'ended') this.#peer.send(JSON.stringify(frame), asked)
  }

  #close(code: number): void {
    this.end()
    this.#peer.close(code)
  }
}

function isCommand(request: Request): request is Command {
  return Object.hasOwn(COMMANDS, request.type)
}

/** Whoever was refused for their version or token does not come back by themselves; a server in trouble is tried again. */
function closeCodeFor({ name }: Refusal): number {
  if (name === 'protocol-version-unsupported') return CLOSE_CODES.versionUnsupported
  return name === 'unavailable' ? CLOSE_CODES.goingAway : CLOSE_CODES.signInRefused
}

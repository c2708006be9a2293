import {
  type Event,
  type Notice,
  PROTOCOL_VERSION,
  type Query,
  type Result,
  type ServerFrame,
  type StartSessionResult,
} from '@conversa/protocol'
import { whenAwake } from '../connection/awake.ts'
import { keyMaker } from '../connection/client-key.ts'
import type { Clock, Random } from '../connection/clock.ts'
import { Connection } from '../connection/connection.ts'
import type { State } from '../connection/connection-state.ts'
import { TokenAge, type TokenAgeListener, TokenFetcher, type TokenProvider } from '../connection/token.ts'
import { serverUrl, type TransportFactory } from '../connection/transport.ts'
import { type ConversaError, failure } from '../errors.ts'
import { parsed } from '../parsed.ts'
import { Sync, type SyncListener } from '../sync/sync.ts'
import { VERSION } from '../version.ts'
import { type Ship, type SignedIn, Uploads } from './media-upload.ts'
import { type Keyless, Outbox } from './outbox.ts'
import { Requests } from './requests.ts'

/** What an application sees of the connection; `unknown`, `retrying` and `error` are never told, and named for those who ask for them. */
export type ConnectionState =
  | 'unknown'
  | 'disconnecting'
  | 'disconnected'
  | 'retrying'
  | 'connecting'
  | 'connected'
  | 'denied'
  | 'error'

/** Hears what the façades tell the application. */
export interface SessionListener extends SyncListener, TokenAgeListener {
  connectionState(state: ConnectionState): void
  /** Connecting or staying connected failed; when terminal, nothing more happens without a new token. */
  connectionFailed(error: ConversaError, terminal: boolean): void
}

export interface SessionOptions {
  readonly token: string
  readonly tokenProvider: TokenProvider | undefined
  readonly url: string
  readonly connect: TransportFactory
  readonly ship: Ship
  readonly clock: Clock
  readonly random: Random
  readonly listener: SessionListener
}

const TOKEN_EXPIRED = 20104
const CONNECTION_LOST = 20503

/** Everything that runs behind a client, put together: the way of a frame in, and of a request out. */
export class Session {
  readonly clock: Clock
  readonly sync: Sync
  readonly uploads: Uploads
  /** The address of the server by HTTP, without a slash at its end. */
  readonly serverUrl: string
  /** What the server said at the start of the present session. */
  settings: StartSessionResult | undefined
  readonly #listener: SessionListener
  readonly #connection: Connection
  readonly #outbox: Outbox
  readonly #tokens: TokenFetcher
  readonly #tokenAge: TokenAge
  #requests: Requests | undefined
  /** Events that came before the answer to `session.start`; undefined once it is there. */
  #early: Event[] | undefined
  #token: string
  /** What the server accepted last. A newer token may be of somebody else, and be refused. */
  #signedIn: SignedIn
  /** What was given to the server last. */
  #triedToken: string | undefined
  #said: ConnectionState = 'connecting'
  #endAwake: (() => void) | undefined

  constructor({ token, tokenProvider, url, connect, ship, clock, random, listener }: SessionOptions) {
    this.clock = clock
    this.serverUrl = serverUrl(url)
    this.#token = token
    this.#signedIn = { token, identity: '' }
    this.#listener = listener
    this.#tokenAge = new TokenAge(listener)
    const makeKey = keyMaker(clock, random)
    const needToken = (refusal: ConversaError) => this.#needToken(refusal)
    this.#outbox = new Outbox({ clock, random, makeKey, needToken })
    this.uploads = new Uploads({
      url: `${this.serverUrl}/v1/media`,
      ship,
      clock,
      random,
      makeKey,
      signedIn: () => this.#signedIn,
      isConnected: () => this.#connection.kind === 'open',
      needToken,
    })
    this.#tokens = new TokenFetcher({
      clock,
      random,
      provider: tokenProvider,
      fetched: (fetched) => this.renew(fetched).catch((error) => this.#failed(error, false)),
      failed: (error) => this.#failed(error, false),
    })
    this.sync = new Sync({
      clock,
      random,
      listener,
      ask: (query) => this.#outbox.boundQuery(query),
      askLasting: (query) => this.#outbox.query(query),
      awaited: () => this.#outbox.awaited(),
      unsubscribe: (conversationSid) => this.#requests?.send({ type: 'conversation.unsubscribe', conversationSid }, () => {}),
      resynchronise: (error) => this.#connection.dispatch({ type: 'resynchronise', ...(error && { error }) }),
    })
    this.#connection = new Connection({
      url,
      connect,
      clock,
      random,
      canFetchToken: () => this.#tokens.canFetch || this.#token !== this.#triedToken,
      sendStart: () => this.#sendStart(),
      ping: () => this.#requests?.ping(),
      fetchToken: (refusal) => this.#fetchToken(refusal),
      text: (text) => this.#hear(text),
      gone: () => this.#gone(),
      failed: (error, terminal) => this.#failed(error, terminal),
      moved: () => this.#say(publicState(this.#connection.kind)),
    })
  }

  /** What the application sees of the connection. */
  get connectionState(): ConnectionState {
    return this.#said
  }

  /** The signed-in user's identity; empty before the first session. */
  get identity(): string {
    return this.sync.position?.identity ?? ''
  }

  /** Connects for the first time. */
  begin(): void {
    this.#connection.dispatch({ type: 'begin' })
    this.#endAwake = whenAwake(() => {
      this.#tokens.hurry()
      this.#connection.dispatch({ type: 'awake' })
    })
  }

  /** Ends everything; what is pending rejects, and what was carried out resolves. */
  shutdown(): void {
    if (this.#connection.kind === 'ended') return
    this.#endAwake?.()
    this.#say('disconnecting')
    this.#tokens.stop()
    this.#connection.dispatch({ type: 'shutdown' })
    this.uploads.close()
    this.#outbox.close()
    this.sync.close()
  }

  /**
   * Carries a command out.
   *
   * @returns its result, after everything that it did was told; rejects as `Outbox.command`
   */
  async run<C extends Keyless>(command: C): Promise<Result<C['type']>> {
    const result = await this.#outbox.command(command)
    const stream = 'conversationSid' in command ? this.sync.streams.get(command.conversationSid) : undefined
    const index = 'index' in result ? result.index : undefined
    if (stream) await new Promise<void>((go) => this.sync.catchUp.whenCurrent(stream, index, go))
    return result
  }

  /**
   * Asks something, now or after the next reconnect.
   *
   * @returns the answer; rejects as `Outbox.query`
   */
  query<Q extends Query>(query: Q): Promise<Result<Q['type']>> {
    return this.#outbox.query(query)
  }

  /** Lets the server tell no more of a user; the end of the connection does so too. */
  unsubscribeUser(identity: string): void {
    this.#requests?.send({ type: 'user.unsubscribe', identity }, () => {})
  }

  /**
   * Tells the others that the user types, if there is a connection: later it is of no use.
   *
   * @returns milliseconds within which a further call says nothing new; rejects when refused
   */
  async type(conversationSid: string): Promise<number> {
    const requests = this.#connection.kind === 'open' ? this.#requests : undefined
    const answer = await requests?.call({ type: 'typing.start', conversationSid }).catch((error: ConversaError) => {
      if (error.code !== CONNECTION_LOST) throw error
    })
    return answer?.timeout ?? 0
  }

  /**
   * Takes a newer token.
   *
   * @returns settles when the server has accepted it, or at once when there is no session now; rejects when it is refused
   */
  async renew(token: string): Promise<void> {
    const { kind } = this.#connection
    if (kind === 'ended') throw failure('shutDown')
    const before = this.#token
    this.#token = token
    try {
      if (kind === 'open' && this.#requests) {
        await this.#requests.call({ type: 'session.renew', token })
        this.#triedToken = token
        this.#accepted({ ...this.#signedIn, token })
      }
    } catch (error) {
      // When there was no answer, the next session is started with the new token.
      if ((error as ConversaError).retry !== 'later') {
        this.#token = before
        throw error
      }
    }
    this.#connection.dispatch({ type: 'token' })
    this.#outbox.flush()
  }

  #accepted(signedIn: SignedIn): void {
    this.#signedIn = signedIn
    this.uploads.tokenChanged()
  }

  #sendStart(): void {
    const requests = new Requests((text) => this.#connection.send(text))
    const { position: resume } = this.sync
    this.#requests = requests
    this.#early = []
    this.#triedToken = this.#token
    const start = { version: PROTOCOL_VERSION, token: this.#token, client: `conversa-js/${VERSION}` }
    requests.send({ type: 'session.start', ...start, ...(resume && { resume }) }, (outcome) => {
      if (outcome.type === 'result') this.#started(requests, outcome.result as StartSessionResult)
      else if (outcome.type === 'error') this.#connection.dispatch({ type: 'refused', error: outcome.error })
    })
  }

  #started(requests: Requests, settings: StartSessionResult): void {
    this.settings = settings
    this.#connection.dispatch({ type: 'started', heartbeat: settings.heartbeat })
    if (this.#connection.kind !== 'open') return
    const early = this.#early ?? []
    this.#early = undefined
    this.#outbox.started(requests, settings.user.identity)
    // First: what the application is told of next may make it upload.
    this.#accepted({ token: this.#triedToken ?? this.#token, identity: settings.user.identity })
    this.sync.started(settings)
    for (const event of early) this.sync.hear(event)
    this.#outbox.flush()
  }

  #hear(text: string): void {
    const frame = parsed(text) as ServerFrame | undefined
    if (!frame) this.#connection.dispatch({ type: 'resynchronise' })
    else if ('reply' in frame) this.#requests?.answered(frame.reply, frame)
    else if ('notice' in frame) this.#notice(frame.notice)
    else if (this.#early) this.#early.push(frame.event)
    else this.sync.hear(frame.event)
  }

  #notice(notice: Notice): void {
    const { token } = this.#signedIn
    if (notice.type === 'token.expired') this.#tokenAge.expired(token)
    else this.#tokenAge.aboutToExpire(token)
    this.#tokens.fetch()
  }

  /** The provider is asked, unless the application brought another token meanwhile. */
  #fetchToken(refusal: ConversaError): void {
    if (this.#token === this.#triedToken) this.#needToken(refusal)
    else this.#connection.dispatch({ type: 'token' })
  }

  /** What the server was given last is of no use any more. */
  #needToken(refusal: ConversaError): void {
    this.#tellIfExpired(refusal)
    this.#tokens.fetch()
  }

  #tellIfExpired({ code }: ConversaError): void {
    if (code === TOKEN_EXPIRED) this.#tokenAge.expired(this.#triedToken ?? this.#token)
  }

  #gone(): void {
    this.#outbox.lost()
    this.#requests?.lost()
    this.#requests = undefined
  }

  #failed(error: ConversaError, terminal: boolean): void {
    // Otherwise it is about a token that the provider brought, and not about the one in use.
    if (terminal) this.#tellIfExpired(error)
    this.#listener.connectionFailed(error, terminal)
  }

  #say(state: ConnectionState): void {
    if (state === this.#said) return
    this.#said = state
    this.#listener.connectionState(state)
  }
}

function publicState(kind: State['kind']): ConnectionState {
  if (kind === 'open') return 'connected'
  if (kind === 'denied') return 'denied'
  return kind === 'ended' ? 'disconnected' : 'connecting'
}

import { requireStringOrNull, requireText } from './arguments.ts'
import { optionalAttributes } from './attributes.ts'
import type { CancellablePromise } from './cancellable-promise.ts'
import type { ClientEvents } from './client-events.ts'
import { type Clock, type Random, systemClock, systemRandom } from './clock.ts'
import type { Conversation } from './conversation.ts'
import { Emitter } from './emitter.ts'
import { LIST_TOP, type ListPlace } from './listing.ts'
import { Live } from './live.ts'
import { type Media, temporaryUrls } from './media.ts'
import { Paginator } from './paginator.ts'
import { type NotificationsChannelType, requireChannel, requireRegistrationId } from './push-registrations.ts'
import type { ConnectionState } from './session.ts'
import { shipping } from './ship.ts'
import { Stream } from './stream.ts'
import type { TokenProvider } from './token.ts'
import { socketUrl, type TransportFactory, type WebSocketClass, webSocketTransport } from './transport.ts'
import type { User } from './user.ts'
import { VERSION } from './version.ts'

/** Options of a client. */
export interface ClientOptions {
  /** The server: http, https, ws or wss. In a browser the page's origin by default. */
  readonly url?: string
  /** Called whenever a new token is needed: before the present one expires, when it has, and when it was refused. */
  readonly tokenProvider?: TokenProvider
  /** The WebSocket class, where the platform has none. */
  readonly WebSocket?: WebSocketClass
  /** The `fetch` that uploads files, where the platform has none or another one is wanted. Progress is told file by file then. */
  readonly fetch?: typeof fetch
  /** @internal Another way to a server. */
  readonly connect?: TransportFactory
  /** @internal Another clock. */
  readonly clock?: Clock
  /** @internal Another source of randomness. */
  readonly random?: Random
}

/** What a conversation may begin with. */
export interface CreateConversationOptions {
  readonly attributes?: unknown
  readonly friendlyName?: string | null
  readonly uniqueName?: string | null
}

/** A user's way into their conversations. Calls that come before it is initialized wait for that. */
export class Client extends Emitter<ClientEvents> {
  static readonly version = VERSION
  static readonly connectionError = 'connectionError'
  static readonly connectionStateChanged = 'connectionStateChanged'
  static readonly conversationAdded = 'conversationAdded'
  static readonly conversationJoined = 'conversationJoined'
  static readonly conversationLeft = 'conversationLeft'
  static readonly conversationRemoved = 'conversationRemoved'
  static readonly conversationUpdated = 'conversationUpdated'
  static readonly initFailed = 'initFailed'
  static readonly initialized = 'initialized'
  static readonly messageAdded = 'messageAdded'
  static readonly messageRemoved = 'messageRemoved'
  static readonly messageUpdated = 'messageUpdated'
  static readonly participantJoined = 'participantJoined'
  static readonly participantLeft = 'participantLeft'
  static readonly participantUpdated = 'participantUpdated'
  static readonly stateChanged = 'stateChanged'
  static readonly tokenAboutToExpire = 'tokenAboutToExpire'
  static readonly tokenExpired = 'tokenExpired'
  static readonly typingEnded = 'typingEnded'
  static readonly typingStarted = 'typingStarted'
  static readonly userSubscribed = 'userSubscribed'
  static readonly userUnsubscribed = 'userUnsubscribed'
  static readonly userUpdated = 'userUpdated'

  readonly #live: Live

  /**
   * Begins to connect. `initialized` or `initFailed` tells how it went.
   *
   * @param token an access token with a chat grant
   * @throws ConversaError when the options are of no use
   */
  constructor(token: string, options: ClientOptions = {}) {
    super()
    requireText(token, 'token')
    const { url, tokenProvider, connect, clock = systemClock, random = systemRandom } = options
    this.#live = new Live(this, {
      token,
      tokenProvider,
      clock,
      random,
      url: socketUrl(url),
      connect: connect ?? webSocketTransport(options.WebSocket),
      ship: shipping(options.fetch),
    })
    // Later, so that the listeners are there that follow the constructor.
    clock.after(0, () => this.#live.session.begin())
  }

  /**
   * Makes a client and waits until it is initialized.
   *
   * @returns the client; rejects when the token is refused
   */
  static async create(token: string, options?: ClientOptions): Promise<Client> {
    const client = new Client(token, options)
    await client.#live.readiness.wait()
    return client
  }

  /** The version of the SDK. */
  get version(): string {
    return VERSION
  }

  get connectionState(): ConnectionState {
    return this.#live.session.connectionState
  }

  /** The signed-in user; without an identity before the client is initialized. */
  get user(): User {
    return this.#live.users.own
  }

  /** Whether the service tells who is online. */
  get reachabilityEnabled(): boolean {
    return this.user.isOnline !== null
  }

  /**
   * Creates a conversation. Nobody is in it before they join or are added.
   *
   * @returns the conversation; rejects when refused
   */
  async createConversation({ attributes, friendlyName, uniqueName }: CreateConversationOptions = {}): Promise<Conversation> {
    const naming = { ...(friendlyName !== undefined && { friendlyName }), ...(uniqueName !== undefined && { uniqueName }) }
    for (const [name, value] of Object.entries(naming)) requireStringOrNull(value, name)
    const given = { ...naming, ...optionalAttributes(attributes) }
    const { session } = await this.#ready()
    const { conversation } = await session.run({ type: 'conversation.create', ...given })
    return this.#face(session.sync.loader.admit(conversation))
  }

  /** @returns a conversation, which is followed from then on; rejects when the user may not see it */
  async getConversationBySid(conversationSid: string): Promise<Conversation> {
    requireText(conversationSid, 'conversationSid')
    const { session } = await this.#ready()
    return this.#face(await session.sync.loader.load({ conversationSid }))
  }

  /** @returns a conversation, which is followed from then on; rejects when the user may not see it */
  async getConversationByUniqueName(uniqueName: string): Promise<Conversation> {
    requireText(uniqueName, 'uniqueName')
    const { session } = await this.#ready()
    return this.#face(await session.sync.loader.load({ uniqueName }))
  }

  /** @returns a conversation as it is now; it stays up to date only if it is followed anyway. Rejects like the others */
  async peekConversationBySid(conversationSid: string): Promise<Conversation> {
    requireText(conversationSid, 'conversationSid')
    const { session } = await this.#ready()
    const known = session.sync.streams.get(conversationSid)
    return this.#face(known ?? new Stream(await session.sync.loader.peek(conversationSid)))
  }

  /**
   * @returns the first page of the conversations that the user is in, newest activity first. Its pages have each of them once: what
   *   moves up while they are being read is on the last one
   */
  async getSubscribedConversations(): Promise<Paginator<Conversation>> {
    await this.#ready()
    return this.#list(LIST_TOP, new Set(), undefined)
  }

  /**
   * Gives a user, who is subscribed from then on: the object stays up to date. There is room for 100; beyond, the one that was
   * subscribed longest is unsubscribed.
   *
   * @returns the user; rejects when there is no such user
   */
  async getUser(identity: string): Promise<User> {
    requireText(identity, 'identity')
    const { users } = await this.#ready()
    return users.get(identity)
  }

  /** @returns the users that are subscribed, the signed-in one aside, in the order of their subscription */
  async getSubscribedUsers(): Promise<User[]> {
    const { users } = await this.#ready()
    return users.subscribed
  }

  /**
   * Lets the user be reached by push on this device, also while no client is connected. It takes the place of what this client
   * registered for the same channel before, and of whoever registered the device before.
   *
   * @param channelType the service that carries the pushes
   * @param registrationId what that service calls the device
   * @returns settles when it is registered; rejects when somebody else signs in first
   */
  async setPushRegistrationId(channelType: NotificationsChannelType, registrationId: string): Promise<void> {
    requireChannel(channelType)
    requireRegistrationId(registrationId)
    const { pushRegistrations } = await this.#ready()
    await pushRegistrations.set(channelType, registrationId)
  }

  /** Takes back what `setPushRegistrationId` of this client did. */
  async unsetPushRegistrationId(channelType: NotificationsChannelType): Promise<void> {
    requireChannel(channelType)
    const { pushRegistrations } = await this.#ready()
    await pushRegistrations.unset(channelType)
  }

  /** Takes a device of the user away, whichever client registered it. */
  async removePushRegistrations(channelType: NotificationsChannelType, registrationId: string): Promise<void> {
    requireChannel(channelType)
    requireRegistrationId(registrationId)
    const { pushRegistrations } = await this.#ready()
    await pushRegistrations.remove(channelType, registrationId)
  }

  /** @returns where files can be fetched for some minutes, by SID; rejects unless the user may fetch all of them */
  getTemporaryContentUrlsForMedia(contentSet: readonly Media[]): CancellablePromise<Map<string, string>> {
    return this.getTemporaryContentUrlsForMediaSids(contentSet.map(({ sid }) => sid))
  }

  /** The same by the SIDs of the files. */
  getTemporaryContentUrlsForMediaSids(mediaSids: readonly string[]): CancellablePromise<Map<string, string>> {
    return temporaryUrls(this.#live.session, mediaSids)
  }

  /**
   * Replaces the access token.
   *
   * @returns this client, after the server has accepted the token if there is a connection; rejects when it is refused
   */
  async updateToken(token: string): Promise<Client> {
    requireText(token, 'token')
    await this.#live.session.renew(token)
    return this
  }

  /** Disconnects for good. Whatever is pending rejects. */
  async shutdown(): Promise<void> {
    this.#live.shutdown()
  }

  async #ready(): Promise<Live> {
    await this.#live.readiness.wait()
    return this.#live
  }

  #face(stream: Stream): Conversation {
    return this.#live.of(stream).conversation
  }

  async #list(
    place: ListPlace,
    given: ReadonlySet<string>,
    previous: Paginator<Conversation> | undefined,
  ): Promise<Paginator<Conversation>> {
    const { session } = this.#live
    const { sids, next } = await session.sync.listing.readOn(place, given, (query) => session.query(query))
    const streams = sids.flatMap((sid) => session.sync.streams.get(sid) ?? [])
    const page: Paginator<Conversation> = new Paginator(
      streams.map((stream) => this.#face(stream)),
      next ? () => this.#list(next, new Set([...given, ...sids]), page) : undefined,
      previous && (() => Promise.resolve(previous)),
    )
    return page
  }
}

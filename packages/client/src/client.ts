import { requireStringOrNull, requireText } from './arguments.ts'
import { optionalAttributes } from './attributes.ts'
import type { CancellablePromise } from './cancellable-promise.ts'
import type { ClientEvents } from './client-events.ts'
import { type ClientOptions, type LogLevel, serverOf } from './client-options.ts'
import { systemClock, systemRandom } from './connection/clock.ts'
import { socketUrl, webSocketTransport } from './connection/transport.ts'
import { type ContentTemplate, listTemplates } from './content-template.ts'
import type { Conversation } from './conversation.ts'
import { Emitter, nameEvents } from './emitter.ts'
import { Live } from './live/live.ts'
import { type Media, temporaryUrls } from './media.ts'
import { type Paginator, RestPaginator } from './paginator.ts'
import { type PushNotification, parsePushNotification } from './push-notification.ts'
import { type NotificationsChannelType, requireChannel } from './session/push-registrations.ts'
import type { ConnectionState } from './session/session.ts'
import { shipping } from './session/ship.ts'
import { LIST_TOP, type ListPlace } from './sync/listing.ts'
import { Stream } from './sync/stream.ts'
import type { User } from './user.ts'
import { VERSION } from './version.ts'

/** What a conversation may begin with. */
export interface CreateConversationOptions {
  // biome-ignore lint/suspicious/noExplicitAny: the documented type.
  attributes?: any
  friendlyName?: string | null
  uniqueName?: string | null
  /** Has no effect: every conversation is open to those alone who are in it or may see all. */
  access?: string
}

/** A user's way into their conversations. Calls that come before it is initialized wait for that. */
export class Client extends Emitter<ClientEvents> {
  static readonly version: string = VERSION
  declare static readonly connectionError: 'connectionError'
  declare static readonly connectionStateChanged: 'connectionStateChanged'
  declare static readonly conversationAdded: 'conversationAdded'
  declare static readonly conversationJoined: 'conversationJoined'
  declare static readonly conversationLeft: 'conversationLeft'
  declare static readonly conversationRemoved: 'conversationRemoved'
  declare static readonly conversationUpdated: 'conversationUpdated'
  declare static readonly initFailed: 'initFailed'
  declare static readonly initialized: 'initialized'
  declare static readonly messageAdded: 'messageAdded'
  declare static readonly messageRemoved: 'messageRemoved'
  declare static readonly messageUpdated: 'messageUpdated'
  declare static readonly participantJoined: 'participantJoined'
  declare static readonly participantLeft: 'participantLeft'
  declare static readonly participantUpdated: 'participantUpdated'
  declare static readonly pushNotification: 'pushNotification'
  declare static readonly stateChanged: 'stateChanged'
  declare static readonly tokenAboutToExpire: 'tokenAboutToExpire'
  declare static readonly tokenExpired: 'tokenExpired'
  declare static readonly typingEnded: 'typingEnded'
  declare static readonly typingStarted: 'typingStarted'
  declare static readonly userSubscribed: 'userSubscribed'
  declare static readonly userUnsubscribed: 'userUnsubscribed'
  declare static readonly userUpdated: 'userUpdated'

  readonly #live: Live

  /**
   * Begins to connect. `initialized` or `initFailed` tells how it went.
   *
   * @param token an access token with a chat grant
   * @throws ConversaError when the options are of no use
   */
  constructor(token: string, options?: ClientOptions | null) {
    super()
    requireText(token, 'token')
    const given = options ?? {}
    const { tokenProvider, connect, clock = systemClock, random = systemRandom } = given
    this.#live = new Live(this, {
      token,
      tokenProvider,
      clock,
      random,
      url: socketUrl(serverOf(given)),
      connect: connect ?? webSocketTransport(given.WebSocket),
      ship: shipping(given.fetch),
    })
    // Later, so that the listeners are there that follow the constructor.
    clock.after(0, () => this.#live.session.begin())
  }

  /**
   * Makes a client and waits until it is initialized.
   *
   * @returns the client; rejects when the token is refused
   */
  static async create(token: string, options?: ClientOptions | null): Promise<Client> {
    const client = new Client(token, options)
    await client.#live.readiness.wait()
    return client
  }

  /**
   * Reads what a push service delivered.
   *
   * @param notificationPayload the `data` of an FCM message within an object, or an APNs payload
   * @throws ConversaError when it is not a push of a conversation
   */
  // biome-ignore lint/suspicious/noExplicitAny: the documented type.
  static parsePushNotification(notificationPayload: any): PushNotification {
    return parsePushNotification(notificationPayload)
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

  /** @returns the users that are subscribed: the signed-in one first, then the others in the order of their subscription */
  async getSubscribedUsers(): Promise<User[]> {
    const { users } = await this.#ready()
    return [this.user, ...users.subscribed]
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
    requireText(registrationId, 'registrationId')
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
    requireText(registrationId, 'registrationId')
    const { pushRegistrations } = await this.#ready()
    await pushRegistrations.remove(channelType, registrationId)
  }

  /** The same as `Client.parsePushNotification`. */
  // biome-ignore lint/suspicious/noExplicitAny: the documented type.
  parsePushNotification(notificationPayload: any): PushNotification {
    return parsePushNotification(notificationPayload)
  }

  /** Tells a push that was received, as `pushNotification`. Rejects when it is not a push of a conversation. */
  // biome-ignore lint/suspicious/noExplicitAny: the documented type.
  async handlePushNotification(notificationPayload: any): Promise<void> {
    await this.#ready()
    this.emit('pushNotification', parsePushNotification(notificationPayload))
  }

  /** @returns the templates that messages can be made from, the oldest first */
  async getContentTemplates(): Promise<readonly ContentTemplate[]> {
    return listTemplates((await this.#ready()).session)
  }

  /** @returns where files can be fetched for some minutes, by SID; rejects unless the user may fetch all of them */
  getTemporaryContentUrlsForMedia(contentSet: Media[]): CancellablePromise<Map<string, string>> {
    return this.getTemporaryContentUrlsForMediaSids(contentSet.map(({ sid }) => sid))
  }

  /** The same by the SIDs of the files. */
  getTemporaryContentUrlsForMediaSids(mediaSids: string[]): CancellablePromise<Map<string, string>> {
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
    previous: RestPaginator<Conversation> | undefined,
  ): Promise<RestPaginator<Conversation>> {
    const { session } = this.#live
    const { sids, next } = await session.sync.listing.readOn(place, given, (query) => session.query(query))
    const streams = sids.flatMap((sid) => session.sync.streams.get(sid) ?? [])
    const page: RestPaginator<Conversation> = new RestPaginator(
      streams.map((stream) => this.#face(stream)),
      next ? () => this.#list(next, new Set([...given, ...sids]), page) : undefined,
      previous && (() => Promise.resolve(previous)),
    )
    return page
  }
}

nameEvents(
  Client,
  'connectionError',
  'connectionStateChanged',
  'conversationAdded',
  'conversationJoined',
  'conversationLeft',
  'conversationRemoved',
  'conversationUpdated',
  'initFailed',
  'initialized',
  'messageAdded',
  'messageRemoved',
  'messageUpdated',
  'participantJoined',
  'participantLeft',
  'participantUpdated',
  'pushNotification',
  'stateChanged',
  'tokenAboutToExpire',
  'tokenExpired',
  'typingEnded',
  'typingStarted',
  'userSubscribed',
  'userUnsubscribed',
  'userUpdated',
)

type State = ConnectionState
type Creation = CreateConversationOptions
type Level = LogLevel

/** Types by their names of 1.x. */
export declare namespace Client {
  export type ConnectionState = State
  export type CreateConversationOptions = Creation
  export type LogLevel = Level | null
  export type Options = ClientOptions
}

import type {
  Command,
  CommandType,
  ConversationEvent,
  Media,
  Query,
  QueryType,
  Reachability,
  Result,
  User,
  UserCatchUp,
  UserEvent,
} from '@conversa/protocol'
import type { ChannelPorts } from './channels/channel.ts'
import { channelDrafts } from './channels/channel-outbox.ts'
import { ChannelTable } from './channels/channel-table.ts'
import { Channels } from './channels/channels.ts'
import { OptOuts } from './channels/opt-outs.ts'
import { receive } from './channels/receive.ts'
import type { AnyCommandType, InboundMessage, ReceivedMessage } from './commands/back-end-command.ts'
import type { Published } from './commands/changes.ts'
import type { Context } from './commands/handler.ts'
import { MEDIA_LIMITS, type MediaGrant, type MediaLimits, type MediaPorts } from './commands/media.ts'
import { OptOutAnswers } from './commands/opt-out-answer.ts'
import { type ActionRates, RateLimits } from './commands/rate-limits.ts'
import { ensureService } from './commands/service.ts'
import { userView } from './commands/views.ts'
import { type Account, admitBackEnd } from './execution/back-end.ts'
import { tell } from './execution/commit.ts'
import { carryOutTimers } from './execution/due-conversations.ts'
import { type Attempt, type Executor, execute } from './execution/execute.ts'
import { deleteService } from './execution/service-removal.ts'
import { type SignIn, signIn } from './execution/sign-in.ts'
import { type Submission, submit } from './execution/submit.ts'
import type { Attachment } from './fan-out/attachment.ts'
import { FanOut, type Listener } from './fan-out/fan-out.ts'
import { Nodes } from './fan-out/nodes.ts'
import { LocalPresence, type Presence } from './fan-out/presence.ts'
import { SharedPresence } from './fan-out/shared-presence.ts'
import { Typing } from './fan-out/typing.ts'
import { UserSubscriptions } from './fan-out/user-subscriptions.ts'
import { HookCourier, type HookPorts } from './hooks/hook-courier.ts'
import { hookDrafts } from './hooks/hook-outbox.ts'
import { HookQuestions } from './hooks/hook-question.ts'
import { MediaFiles } from './media/media-files.ts'
import { type FoundMedia, findMedia } from './media/media-read.ts'
import type { Upload } from './media/media-upload.ts'
import { DeadLetters } from './outbox/dead-letters.ts'
import type { Happening } from './outbox/happening.ts'
import { type Drafter, joinDrafters, queueOf } from './outbox/outbox.ts'
import { anyCourier } from './outbox/outbox-courier.ts'
import { OutboxDispatcher, type OutboxObserver } from './outbox/outbox-dispatcher.ts'
import type { ByteRange, Content } from './ports/blobs.ts'
import type { Bus } from './ports/bus.ts'
import type { After, Now, RandomBytes } from './ports/ports.ts'
import { sidMaker } from './ports/sids.ts'
import type { OutboxCounts, Store, UserKey } from './ports/store.ts'
import { NoticeCourier } from './push/notice-courier.ts'
import { PushCourier, type PushPorts } from './push/push-courier.ts'
import { pushDrafts } from './push/push-draft.ts'
import { webPushKey } from './push/web-push-keys.ts'
import type { Inquiry } from './queries/inquiry.ts'
import { type MembershipPage, type MembershipWindow, membershipWindow } from './queries/membership-window.ts'
import { answer, watch } from './queries/queries.ts'
import { UserReachability } from './queries/reachability.ts'
import { catchUpUser, conversationLog, type LogPlace } from './queries/resume.ts'
import type { Actor, BackEnd } from './records/actor.ts'
import { nextTransition } from './records/conversation-timers.ts'
import type { OutboxKind, OutboxQueue } from './records/outbox-entry.ts'
import type { MediaRecord, ServiceRecord, UserRecord } from './records/records.ts'
import { Refusal } from './records/refusal.ts'

/** Milliseconds after which a lease that ended is forgotten: longer than a node stands still that goes on afterwards. */
const FORGOTTEN_LEASE = 60 * 60_000

/** What the core needs of the world. */
export interface Ports {
  readonly store: Store
  readonly now: Now
  readonly after: After
  readonly random: RandomBytes
  readonly digest: (text: string) => string
  /** Where files are kept; without it the server takes none. */
  readonly media?: MediaPorts | undefined
  /** Carries hints and what passes by to other nodes; without it they hear of each other by the feed of the store, if it has one. */
  readonly bus?: Bus | undefined
  /** How webhooks are told; without it what they are to be told waits. */
  readonly hooks?: HookPorts | undefined
  /** Who carries messages to people outside of the app; without it nothing is sent to them. */
  readonly channels?: ChannelPorts | undefined
  /** Hears how sending goes, of whatever kind. */
  readonly outbox?: OutboxObserver | undefined
  /** How pushes are sent; without it nobody gets one. */
  readonly push?: PushPorts | undefined
  /** Limits that are off unless they are given. */
  readonly limits?: CoreLimits | undefined
  /** Copies all that is kept, of one moment; without it there are no backups. @param withFiles files of messages too */
  readonly backUp?: ((withFiles: boolean) => Promise<AsyncIterable<Uint8Array>>) | undefined
}

/** Limits that an operator may set. */
export interface CoreLimits {
  /** Actions per second. */
  readonly rates?: ActionRates | undefined
  /** Conversations that are not closed and that one user may be in. */
  readonly conversationsPerIdentity?: number | undefined
}

/** Everything that the doors may ask for. A façade: the rules stand in the files of the features. */
export class Core {
  /** What was to leave the server and never arrived. */
  readonly deadLetters: DeadLetters
  /** Who wants to hear nothing more outside of the app. */
  readonly optOuts: OptOuts
  readonly #store: Store
  readonly #backUp: Ports['backUp']
  readonly #executor: Executor
  readonly #fanOut: FanOut
  readonly #presence: Presence
  readonly #reachability: UserReachability
  readonly #files: MediaFiles | undefined
  readonly #outbox: OutboxDispatcher
  readonly #channels: Channels | undefined
  readonly #push: PushPorts | undefined
  readonly #typing: Typing
  readonly #nodes: Nodes | undefined

  constructor(ports: Ports) {
    const { store, now, after, random, digest, media, hooks, channels, bus, limits = {} } = ports
    this.#store = store
    this.#backUp = ports.backUp
    this.#push = ports.push
    const makeSid = sidMaker(now, random)
    this.#presence = bus
      ? new SharedPresence(makeSid('service'), after, (...messages) => this.#nodes?.send(...messages))
      : new LocalPresence()
    const isOneOfMany = bus !== undefined || store.feed !== undefined
    this.#fanOut = new FanOut(store, isOneOfMany, this.#presence)
    const pass: FanOut['publishPassing'] = (serviceSid, event, except) => {
      this.#fanOut.publishPassing(serviceSid, event, except)
      this.#nodes?.send({ about: 'passing', serviceSid, event, except })
    }
    this.#typing = new Typing({ store, pass, now })
    this.#reachability = new UserReachability({ store, presence: this.#presence, after, fanOut: this.#fanOut })
    const publish: Executor['publish'] = (events) => {
      this.#fanOut.publish(events)
      this.#nodes?.tell(events)
    }
    this.#files = media && new MediaFiles({ store, now, makeSid }, media)
    const registered: Executor['registered'] = (keys) => this.#reachability.registered(keys)
    const reconfigured: Executor['reconfigured'] = (sids) => {
      for (const sid of sids) this.#reachability.checkAll(sid)
    }
    const queued = (queues: readonly OutboxQueue[]) => {
      this.#outbox.wake(queues)
      this.#nodes?.send({ about: 'outbox', queues: queues.map(queueOf) })
    }
    this.optOuts = new OptOuts(store, now)
    this.deadLetters = new DeadLetters(store, (queues) => {
      this.#outbox.retry(queues)
      this.#nodes?.send({ about: 'outbox', queues: queues.map(queueOf), areDue: true })
    })
    const mediaLimits = this.#files?.limits
    const questions = hooks && new HookQuestions(store, makeSid, hooks)
    const reachability: Happening['reachability'] = (reads, key) => this.#reachability.of(reads, key)
    const hooked: Drafter = (reads, actor, happening) => hookDrafts(reads, actor, { ...happening, reachability })
    const drafts = joinDrafters([hooked, ...(channels ? [channelDrafts] : []), ...(ports.push ? [pushDrafts] : [])])
    const told = { publish, registered, reconfigured, drafts, queued }
    const table = channels && new ChannelTable(channels.routes)
    const answers = table && new OptOutAnswers((accountSid, address) => table.routeOf(accountSid, address)?.answers)
    const { conversationsPerIdentity } = limits
    const rates = limits.rates && new RateLimits(limits.rates, now)
    this.#executor = { store, now, makeSid, digest, ...told, questions, answers, mediaLimits, conversationsPerIdentity, rates }
    const outside = { executor: this.#executor, inquiry: { reachability: this.#reachability }, files: this.#files, after }
    // What waited for it goes out at once; what cannot be read now is found by the next round.
    const taken = () => void this.#outbox.start().catch(() => {})
    this.#channels = channels && table && new Channels({ ...outside, table }, channels, taken)
    const push = ports.push && { store, now, presence: this.#presence, ports: ports.push }
    const couriers = [
      ...(hooks ? [anyCourier(new HookCourier(hooks))] : []),
      ...(this.#channels ? [anyCourier(this.#channels.courier)] : []),
      ...(push ? [anyCourier(new NoticeCourier({ ...push, queued }))] : []),
      ...(push ? [anyCourier(new PushCourier({ ...push, tell: (recorded) => tell(this.#executor, recorded) }))] : []),
    ]
    this.#outbox = new OutboxDispatcher({ store, now, after }, couriers, ports.outbox)
    const presence = this.#presence
    this.#nodes = isOneOfMany
      ? new Nodes({
          store,
          fanOut: this.#fanOut,
          bus,
          feed: store.feed,
          registered,
          reconfigured,
          queued: (queues) => this.#outbox.wake(queues),
          retried: (queues) => this.#outbox.retry(queues),
          listenedAnew: () => questions?.forget(),
          presence: (message) => presence instanceof SharedPresence && presence.hear(message),
        })
      : undefined
  }

  /** Names the life of the store; what a client kept of another epoch is void. */
  get epoch(): string {
    return this.#store.epoch
  }

  /** Carries a command out; see `execute`. */
  execute<Name extends CommandType>(actor: Actor, command: Command<Name>, attempt?: Attempt): Promise<Result<Name> | Refusal> {
    if (command.type === 'message.send') this.#typing.sent(actor, command.conversationSid)
    return execute(this.#executor, actor, command, attempt)
  }

  /** The index of a message by its SID, for doors that speak of SIDs; whoever uses it is asked who they are then. */
  messageIndex(conversationSid: string, sid: string): Promise<number | undefined> {
    return this.#store.read(async (reads) => (await reads.messageBySid(conversationSid, sid))?.index)
  }

  /** Carries out what a back end wants; see `submit`. */
  submit<Name extends AnyCommandType, Shown extends object>(
    actor: BackEnd,
    submission: Submission<Name, Shown>,
  ): Promise<Shown | Refusal> {
    return submit(this.#executor, actor, submission, { reachability: this.#reachability })
  }

  /** Answers a question of a back end, from one committed state. */
  ask<Shown extends object>(actor: BackEnd, inquiry: Inquiry<Shown>): Promise<Shown | Refusal> {
    return this.#store.read((reads) => inquiry(reads, actor, { reachability: this.#reachability }))
  }

  /** Takes in what somebody outside of the app wrote; see `receive`. */
  receive(account: Account, inbound: InboundMessage): Promise<ReceivedMessage | Refusal | undefined> {
    return receive(this.#executor, account, inbound, { reachability: this.#reachability })
  }

  /** Removes the service of a back end with all that is in it; see `deleteService`. */
  deleteService(actor: BackEnd): Promise<Refusal | undefined> {
    return deleteService(this.#executor, actor, { reachability: this.#reachability })
  }

  /** Admits a back end of an account to a service; see `admitBackEnd`. */
  admitBackEnd(account: Account, serviceSid: string | undefined): Promise<BackEnd | Refusal> {
    const context: Context = { now: this.#executor.now(), makeSid: this.#executor.makeSid }
    return admitBackEnd(this.#store, account, serviceSid, context)
  }

  /** Lets conversations go inactive and closed whose timers say so, and says how many; see `carryOutTimers`. */
  carryOutTimers(): Promise<number> {
    return carryOutTimers(this.#executor, { reachability: this.#reachability })
  }

  /** When the first of the transitions is due that are due by a time, milliseconds since 1970; undefined when none is. */
  nextTimer(by: number): Promise<number | undefined> {
    return this.#store.read(async (reads) => {
      const [first] = await reads.conversationsDue(by, 1)
      return first && nextTransition(first)?.at
    })
  }

  /** Answers a query; see `answer`. */
  answer<Name extends QueryType>(actor: Actor, query: Query<Name>): Promise<Result<Name> | Refusal> {
    return answer(this.#store, actor, query, { links: this.#files?.links(), reachability: this.#reachability })
  }

  /** Fetches a conversation and lets a session that is not in it hear of it, as far as the user may see; see `watch`. */
  watch(actor: Actor, query: Query<'conversation.get'>, attachment: Attachment): Promise<Result<'conversation.get'> | Refusal> {
    return watch(this.#store, actor, query, attachment)
  }

  /** The other users that a session hears of; see `UserSubscriptions`. */
  userSubscriptions(actor: Actor, attachment: Attachment): UserSubscriptions {
    return new UserSubscriptions(actor, attachment, (query) => this.answer<'user.get'>(actor, query))
  }

  /**
   * Lets a back end hear all that happens in its service on this node, from now on.
   *
   * @param conversationSid only what happens in this conversation
   * @param hear must neither throw nor take long: everybody else waits
   * @returns ends it
   */
  overhear({ serviceSid }: BackEnd, conversationSid: string | undefined, hear: (event: Published['event']) => void): () => void {
    return this.#fanOut.overhear((published) => {
      if (published.serviceSid !== serviceSid) return
      const { event } = published
      const place = 'conversationSid' in event ? event.conversationSid : undefined
      if (conversationSid === undefined || place === conversationSid) hear(event)
    })
  }

  /** Tells the others that somebody types; see `Typing.start`. */
  startTyping(actor: Actor, conversationSid: string): Promise<{ timeout: number } | Refusal> {
    return this.#typing.start(actor, conversationSid)
  }

  /** Finds or makes the user of a token; see `signIn`. */
  signIn(grant: SignIn): Promise<UserRecord | Refusal> {
    return signIn(this.#executor, grant)
  }

  /** A signed-in user as they are now, and what they missed in their own scope; see `catchUpUser`. */
  catchUpUser(
    key: UserKey,
    after: number | undefined,
  ): Promise<{ user: User; reachability: Reachability | null; news: UserCatchUp }> {
    return this.#store.read(async (reads) => {
      const user = await reads.user(key)
      if (!user) throw new Error('unable to catch up: the signed-in user is gone')
      const reachability = await this.#reachability.of(reads, key)
      return { user: userView(user), reachability, news: await catchUpUser(reads, user, after) }
    })
  }

  /** A user's conversations by SID; see `membershipWindow`. */
  membershipWindow(key: UserKey, window: MembershipWindow): Promise<MembershipPage> {
    return this.#store.read((reads) => membershipWindow(reads, key, window))
  }

  /** The next events of a conversation; see `conversationLog`. */
  conversationLog(actor: Actor, conversationSid: string, place: LogPlace): Promise<readonly ConversationEvent[] | undefined> {
    return this.#store.read((reads) => conversationLog(reads, actor, conversationSid, place))
  }

  /** The next events of a user's own scope; undefined when they are not kept. */
  userLog(key: UserKey, { after, limit }: LogPlace): Promise<readonly UserEvent[] | undefined> {
    return this.#store.read(async (reads) => {
      const user = await reads.user(key)
      return user && reads.userEvents(user, after, limit)
    })
  }

  /** Lets a session hear everything that concerns a user, who is online as long; see `FanOut.attach`. */
  attach(key: UserKey, listener: Listener): Promise<Attachment> {
    return this.#fanOut.attach(key, listener)
  }

  /** Makes sure that a service is there; see `ensureService`. */
  ensureService(identity: Pick<ServiceRecord, 'sid' | 'accountSid' | 'friendlyName'>): Promise<ServiceRecord> {
    const context: Context = { now: this.#executor.now(), makeSid: this.#executor.makeSid }
    return ensureService(this.#store, identity, context)
  }

  /** The service with a SID, if there is one. */
  service(sid: string): Promise<ServiceRecord | undefined> {
    return this.#store.read((reads) => reads.service(sid))
  }

  /** The public key that browsers subscribe to pushes with; see `webPushKey`. */
  async webPushKey(serviceSid: string): Promise<string | Refusal> {
    if (!this.#push) return new Refusal('unavailable')
    if (this.#push.webKeys) return this.#push.webKeys.publicKey
    const { store, now, makeSid } = this.#executor
    return webPushKey(serviceSid, { store, now: now(), makeSid, makeKeys: this.#push.makeKeys })
  }

  /** Limits for files on this server. */
  get mediaLimits(): MediaLimits {
    return this.#files?.limits ?? MEDIA_LIMITS
  }

  /** Takes a file in; see `Uploads.receive`. */
  async receiveMedia(actor: Actor, upload: Upload): Promise<Media | Refusal> {
    return this.#files?.receive(actor, upload) ?? new Refusal('unavailable')
  }

  /** One file with an address of it; see `findMedia`. */
  async findMedia(actor: Actor, sid: string): Promise<FoundMedia | Refusal> {
    const links = this.#files?.links()
    return links ? this.#store.read((reads) => findMedia(reads, actor, sid, links)) : new Refusal('unavailable')
  }

  /** The file that a grant is for, if it can still be had; see `grantedMedia`. */
  async grantedMedia(grant: MediaGrant): Promise<MediaRecord | undefined> {
    return this.#files?.granted(grant)
  }

  /** The content of a file, or a part of it. */
  async readMedia(sid: string, range?: ByteRange): Promise<Content | undefined> {
    return this.#files?.read(sid, range)
  }

  /** Removes files that belong to nothing, and says how many; see `collectMedia`. */
  async collectMedia(): Promise<number> {
    return this.#files?.collect() ?? 0
  }

  /** Whether other nodes may commit to the same store: then `lookAtNodes` is to be called every second or so. */
  get hasNodes(): boolean {
    return this.#nodes !== undefined
  }

  /** Hands out what other nodes committed and no hint told of; see `Nodes.look`. */
  async lookAtNodes(): Promise<void> {
    await this.#nodes?.look()
  }

  /** Shows other nodes that this one lives. */
  joinNodes(): void {
    if (this.#presence instanceof SharedPresence) this.#presence.start()
  }

  /** Tells other nodes that this one goes. */
  leaveNodes(): void {
    if (this.#presence instanceof SharedPresence) this.#presence.stop()
  }

  /**
   * Lets carriers bring what people outside write.
   *
   * @param origin where this server listens: carriers are told where files are by it, unless links say more themselves
   * @throws when one cannot
   */
  async openChannels(origin?: string): Promise<void> {
    await this.#channels?.open(origin)
  }

  /** Ends what carriers have open. */
  async closeChannels(): Promise<void> {
    await this.#channels?.close()
  }

  /** Begins to send what is in the outbox, first what an earlier process left. Where there are other nodes: what one of them left, again and again. */
  async startOutbox(): Promise<void> {
    await this.#outbox.start()
  }

  /** Forgets which node did what an hour ago and longer, where nobody does it now. @returns how many of these there were */
  async forgetLeases(): Promise<number> {
    return (await this.#store.leases?.sweep(FORGOTTEN_LEASE)) ?? 0
  }

  /** Sends nothing more, and waits for what is under way. */
  async stopOutbox(): Promise<void> {
    await this.#outbox.stop()
    this.#push?.close()
  }

  /** Waits until what was begun is committed, who can be reached is told, and what is to leave the server was sent or is to be sent again later. */
  async settled(): Promise<void> {
    await this.#store.transact([], () => {})
    await this.#reachability.settled()
    await this.#outbox.settled()
  }

  /** Everything that is kept, as one file, of a moment after the call. @param withFiles files of messages too */
  async backUp(withFiles: boolean): Promise<AsyncIterable<Uint8Array> | Refusal> {
    return this.#backUp?.(withFiles) ?? new Refusal('unavailable', { reason: 'this server keeps nothing that it could back up' })
  }

  /** How much of a kind waits to be sent, and how much was given up. */
  outboxCounts(kind: OutboxKind): Promise<OutboxCounts> {
    return this.#store.read((reads) => reads.outboxCounts(kind))
  }

  /** Whether a write would succeed now. */
  writable(): Promise<boolean> {
    return this.#store.writable()
  }
}

import type { ConversationEvent, ConversationView, Event, KnownRevision, ProfileUpdated, UserEvent } from '@conversa/protocol'
import type { Sight } from '../commands/access.ts'
import type { Published } from '../commands/changes.ts'
import type { Reads, Store, UserKey } from '../ports/store.ts'
import { type Attachment, ChannelAttachment, type Hearing } from './attachment.ts'
import { Followers } from './followers.ts'
import { LocalPresence, type Presence } from './presence.ts'
import { type FollowedScope, type HeardScope, Relay } from './relay.ts'
import { SmallSet } from './small-set.ts'
import { UserMap } from './user-map.ts'

/** One who listens for a user: a session of one of their devices. */
export interface Listener {
  /** Hears an event. Must neither throw nor take long: everybody else waits. */
  deliver(event: Event): void
  /** Hears that events were missed that are not kept any more: what it knows is void, and it has to begin anew. */
  lost(): void
}

/** All devices of one user on this node, and the conversations that this user is in. */
export interface Channel {
  readonly key: UserKey
  readonly listeners: SmallSet<Listener>
  readonly conversations: SmallSet<Room>
  /** SIDs of conversations that it comes into as soon as what was said there meanwhile is told. */
  admissions: SmallSet<string> | undefined
  /** Memberships that ended while they were being read, with the revisions at which; undefined once they are known. */
  endedMeanwhile: Map<string, number> | undefined
  /**
   * Conversations of whose log this node has not handed out yet what the user knows already, with the revisions that they know: the logs of
   * users and conversations have no order between them. How the user left before that is over.
   */
  ahead: Map<string, number> | undefined
  /** Settles when they are known; undefined afterwards. */
  ready: Promise<void> | undefined
}

/** A conversation of which members hear here: all of them have its SID from here, and not each a copy. */
interface Room {
  readonly sid: string
  readonly channels: SmallSet<Channel>
}

/** What somebody outside of a conversation may hear of it. */
const FACE_EVENTS: ReadonlySet<Event['type']> = new Set(['conversation.updated', 'conversation.deleted'])

/**
 * Who hears what on this node. Membership is followed by the same events that everybody gets, in the order of the commits, so
 * whoever was removed hears nothing after their removal (G7).
 */
export class FanOut {
  readonly #store: Store
  readonly #presence: Pick<Presence, 'enter' | 'leave'>
  readonly #channels = new UserMap<Channel>()
  /** Conversations with the channels of their members; only of those with a listener here. */
  readonly #members = new Map<string, Room>()
  readonly #followers = new Followers()
  readonly #overhearing = new Set<(published: Published) => void>()
  readonly #watchers = new Map<string, Map<Listener, { readonly sight: Sight; readonly key: UserKey }>>()
  /** Brings in what other nodes commit; undefined where there are none. */
  readonly #relay: Relay | undefined

  /** What all attachments lead to. */
  readonly #hearing: Hearing = {
    watch: (channel, listener, { sid, revision }, sight) => {
      this.#followFrom(channel, sid, revision)
      const watchers = this.#watchers.get(sid) ?? new Map()
      this.#watchers.set(sid, watchers.set(listener, { sight, key: channel.key }))
    },
    unwatch: (listener, sid) => this.#unwatch(sid, listener),
    follow: (key, listener) => this.#followers.follow(key, listener),
    unfollow: (key, listener) => this.#followers.unfollow(key, listener),
    leave: (channel, listener) => {
      channel.listeners.delete(listener)
      if (channel.listeners.size === 0) this.#close(channel)
      this.#presence.leave(channel.key)
    },
  }

  /**
   * @param isOneOfMany whether other nodes commit too, of which this one hears by `hear`
   * @param presence hears who has a listener here
   */
  constructor(store: Store, isOneOfMany = false, presence: Pick<Presence, 'enter' | 'leave'> = new LocalPresence()) {
    this.#store = store
    this.#presence = presence
    const receivers = {
      deliver: (events: readonly Published[]) => this.#handOut(events),
      lost: (scope: FollowedScope) => this.#lose(scope),
    }
    this.#relay = isOneOfMany ? new Relay(store, receivers) : undefined
  }

  /**
   * Lets a listener hear everything of a user's own scope and of all their conversations. When the promise settles, nothing that
   * is committed later is missed, and the user is present until the listener is detached.
   */
  async attach(key: UserKey, listener: Listener): Promise<Attachment> {
    let channel = this.#channels.get(key)
    if (!channel) {
      channel = newChannel(key)
      this.#channels.set(key, channel)
      channel.ready = this.#load(channel)
    }
    channel.listeners.add(listener)
    await channel.ready
    this.#presence.enter(channel.key)
    return new ChannelAttachment(this.#hearing, channel, listener)
  }

  /**
   * Hears everything that is committed, of all services; whoever lets it out has to see to who may hear it.
   *
   * @param hear as `Listener.deliver`
   * @returns ends it
   */
  overhear(hear: (published: Published) => void): () => void {
    this.#overhearing.add(hear)
    return () => this.#overhearing.delete(hear)
  }

  /** Hands out what this node committed, in its order, and after what other nodes committed before it. */
  publish(events: readonly Published[]): void {
    if (this.#relay) this.#relay.publish(events)
    else this.#handOut(events)
  }

  /** Hears that a scope has come to a revision, on whichever node. */
  hear(scope: HeardScope, revision: number): void {
    this.#relay?.hear(scope, revision)
  }

  /** Reads on what could not be read before; see `Relay.readOn`. */
  async readOn(): Promise<void> {
    await this.#relay?.readOn()
  }

  /** Scopes of which anybody here hears. */
  followedScopes(): readonly FollowedScope[] {
    return this.#relay?.scopes() ?? []
  }

  #handOut(events: readonly Published[]): void {
    for (const published of events) {
      const { serviceSid, event } = published
      for (const hear of this.#overhearing) hear(published)
      if (event.type === 'profile.updated') this.tellProfile({ serviceSid, identity: event.user.identity }, event)
      else if (isUserEvent(event)) this.#publishToUser(serviceSid, event)
      else this.#publishInConversation(serviceSid, event)
    }
  }

  /** Tells the members of a conversation what passes by, except the user that it comes from. */
  publishPassing(serviceSid: string, event: Event & { readonly conversationSid: string }, except: string): void {
    const typist = this.#channels.get({ serviceSid, identity: except })
    for (const channel of this.#members.get(event.conversationSid)?.channels ?? []) {
      if (channel !== typist) deliver(channel, event)
    }
  }

  /** Tells those who follow a user how they are now. */
  tellProfile(key: UserKey, event: ProfileUpdated): void {
    this.#followers.deliver(key, event)
  }

  /** Tells all devices of a user, and those who follow them, what passes by. */
  tellOf(key: UserKey, event: Event): void {
    const channel = this.#channels.get(key)
    if (channel) deliver(channel, event)
    this.#followers.deliver(key, event)
  }

  /** Whether anybody here hears of a user without being them. */
  isFollowed(key: UserKey): boolean {
    return this.#followers.has(key)
  }

  /** Whether anybody here hears of a user. */
  isHeardOf(key: UserKey): boolean {
    return this.#channels.has(key) || this.isFollowed(key)
  }

  /** All users of a service of whom anybody here hears. */
  heardOf(serviceSid: string): UserKey[] {
    const keys = [...this.#channels.ofService(serviceSid).map(({ key }) => key), ...this.#followers.keysOfService(serviceSid)]
    return [...new Map(keys.map((key) => [key.identity, key])).values()]
  }

  /** All users of whom anybody here hears without being them. */
  followedUsers(): UserKey[] {
    return this.#followers.keys()
  }

  /** Services of whose users anybody here hears. */
  servicesHeardOf(): string[] {
    const keys = [...this.#channels.all().map(({ key }) => key), ...this.#followers.keys()]
    return [...new Set(keys.map(({ serviceSid }) => serviceSid))]
  }

  async #load(channel: Channel): Promise<void> {
    const find = () => this.#store.read((reads) => this.#known(reads, channel))
    const follow = (known: readonly KnownRevision[]) => {
      for (const { conversationSid, revision } of known) {
        if ((channel.endedMeanwhile?.get(conversationSid) ?? -1) < revision) this.#join(channel, conversationSid, revision)
      }
      channel.endedMeanwhile = undefined
      channel.ready = undefined
    }
    try {
      if (this.#relay) await this.#relay.following(find, follow)
      else follow(await find())
    } catch (error) {
      // Whoever comes next begins anew.
      this.#close(channel)
      throw error
    }
  }

  /** The conversations that a user is in. Whoever hears of other nodes goes on from the revisions that they are at. */
  async #known(reads: Reads, { key }: Channel): Promise<readonly KnownRevision[]> {
    if (!this.#relay) return (await reads.membershipSids(key)).map((conversationSid) => ({ conversationSid, revision: 0 }))
    this.#relay.follow(key, (await reads.user(key))?.revision ?? 0)
    return reads.membershipRevisions(key)
  }

  #close(channel: Channel): void {
    for (const { sid } of [...channel.conversations]) this.#part(channel, sid)
    for (const sid of channel.admissions ?? []) this.#part(channel, sid)
    if (this.#channels.get(channel.key) !== channel) return
    this.#channels.delete(channel.key)
    this.#relay?.unfollow(channel.key)
  }

  #publishInConversation(serviceSid: string, event: ConversationEvent): void {
    const { conversationSid } = event
    if (event.type === 'participant.left' && event.identity !== null) {
      const channel = this.#channels.get({ serviceSid, identity: event.identity })
      const isOver = event.revision <= (channel?.ahead?.get(conversationSid) ?? 0)
      if (channel && !isOver) this.#part(channel, conversationSid, event.revision)
    }
    for (const channel of this.#members.get(conversationSid)?.channels ?? []) deliver(channel, event)
    const watchers = this.#watchers.get(conversationSid)
    if (!watchers) return
    for (const [listener, { sight, key }] of watchers) {
      if (this.#members.get(conversationSid)?.channels.has(this.#channels.get(key) as Channel)) continue
      if (sight === 'full' || FACE_EVENTS.has(event.type)) listener.deliver(event)
    }
    if (event.type !== 'conversation.deleted') return
    this.#watchers.delete(conversationSid)
    this.#forget(serviceSid, conversationSid)
  }

  #publishToUser(serviceSid: string, event: UserEvent): void {
    const channel = this.#channels.get({ serviceSid, identity: event.identity })
    if (!channel) return
    if (event.type === 'membership.added') this.#admit(channel, event.conversation)
    if (event.type === 'membership.removed') this.#part(channel, event.conversationSid)
    deliver(channel, event)
  }

  /**
   * What was said in the conversation since they came to it may have been handed out here before they are known to be in it: then
   * they get it first.
   */
  #admit(channel: Channel, { sid: conversationSid, revision }: ConversationView): void {
    const scope = { serviceSid: channel.key.serviceSid, conversationSid }
    if ((this.#relay?.known(scope) ?? 0) <= revision) {
      this.#followFrom(channel, conversationSid, revision)
      this.#join(channel, conversationSid, revision)
      return
    }
    channel.admissions ??= new SmallSet()
    channel.admissions.add(conversationSid)
    const isStillIn = () => channel.admissions?.has(conversationSid)
    const missed = (event: ConversationEvent | UserEvent) => {
      if (!isStillIn()) return
      deliver(channel, event)
      if (event.type === 'participant.left' && event.identity === channel.key.identity) this.#part(channel, conversationSid)
    }
    const joined = () => {
      if (isStillIn()) this.#join(channel, conversationSid, revision)
    }
    this.#relay?.admit(scope, revision, missed, joined).catch(() => {
      for (const listener of channel.listeners) listener.lost()
    })
  }

  #join(channel: Channel, sid: string, revision: number): void {
    this.#follow(channel, sid, revision)
    channel.endedMeanwhile?.delete(sid)
    channel.admissions?.delete(sid)
    const room = this.#members.get(sid) ?? { sid, channels: new SmallSet() }
    this.#members.set(sid, room)
    room.channels.add(channel)
    channel.conversations.add(room)
  }

  /** Follows a conversation of which a user knows what it is like at a revision. */
  #follow(channel: Channel, conversationSid: string, revision: number): void {
    if (!this.#relay) return
    const known = (sid: string) =>
      this.#relay?.known({ serviceSid: channel.key.serviceSid, conversationSid: sid }) ?? Number.POSITIVE_INFINITY
    for (const [sid, reached] of channel.ahead ?? []) if (known(sid) >= reached) channel.ahead?.delete(sid)
    if (channel.ahead?.size === 0) channel.ahead = undefined
    if (known(conversationSid) < revision) {
      channel.ahead ??= new Map()
      channel.ahead.set(conversationSid, revision)
    }
    this.#relay.follow({ serviceSid: channel.key.serviceSid, conversationSid }, revision)
  }

  /** The same, and finds out whether it has gone on meanwhile where nobody here followed it. */
  #followFrom(channel: Channel, conversationSid: string, revision: number): void {
    const scope = { serviceSid: channel.key.serviceSid, conversationSid }
    const isNews = this.#relay?.known(scope) === undefined
    this.#follow(channel, conversationSid, revision)
    if (isNews) this.#relay?.lookAt(scope).catch(() => this.#lose(scope))
  }

  /**
   * Whoever is out hears nothing more, not even what they watched before.
   *
   * @param revision of the conversation at which they left; it is later than all that is known unless it is given
   */
  #part(channel: Channel, sid: string, revision = Number.POSITIVE_INFINITY): void {
    channel.endedMeanwhile?.set(sid, revision)
    channel.admissions?.delete(sid)
    channel.ahead?.delete(sid)
    for (const listener of channel.listeners) this.#unwatch(sid, listener)
    const room = this.#members.get(sid)
    if (room) channel.conversations.delete(room)
    room?.channels.delete(channel)
    if (room?.channels.size === 0) this.#members.delete(sid)
    this.#forget(channel.key.serviceSid, sid)
  }

  #unwatch(sid: string, listener: Listener): void {
    const watchers = this.#watchers.get(sid)
    const serviceSid = watchers?.get(listener)?.key.serviceSid
    watchers?.delete(listener)
    if (watchers?.size === 0) this.#watchers.delete(sid)
    if (serviceSid !== undefined) this.#forget(serviceSid, sid)
  }

  /** What nobody here hears of any more is not followed. */
  #forget(serviceSid: string, conversationSid: string): void {
    if (!this.#members.has(conversationSid) && !this.#watchers.has(conversationSid))
      this.#relay?.unfollow({ serviceSid, conversationSid })
  }

  #lose(scope: FollowedScope): void {
    const channels =
      'conversationSid' in scope
        ? [...(this.#members.get(scope.conversationSid)?.channels ?? [])]
        : [this.#channels.get(scope) ?? []].flat()
    const watchers = 'conversationSid' in scope ? [...(this.#watchers.get(scope.conversationSid)?.keys() ?? [])] : []
    for (const listener of [...channels.flatMap((channel) => [...channel.listeners]), ...watchers]) listener.lost()
  }
}

function newChannel({ serviceSid, identity }: UserKey): Channel {
  return {
    key: { serviceSid, identity },
    listeners: new SmallSet(),
    conversations: new SmallSet(),
    admissions: undefined,
    endedMeanwhile: new Map(),
    ahead: undefined,
    ready: undefined,
  }
}

function deliver(channel: Channel, event: Event): void {
  for (const listener of channel.listeners) listener.deliver(event)
}

/** Whether an event is numbered by its user's revision; else it is by that of its conversation. */
export function isUserEvent(event: ConversationEvent | UserEvent): event is UserEvent {
  return event.type.startsWith('membership.') || event.type.startsWith('user.')
}

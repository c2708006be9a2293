import type { ConversationEvent, Event, ProfileUpdated, UserEvent } from '@conversa/protocol'
import type { Sight } from './access.ts'
import type { Published } from './changes.ts'
import { Followers } from './followers.ts'
import type { Store, UserKey } from './store.ts'
import { userName } from './user-name.ts'

/** One who listens for a user: a session of one of their devices. */
export interface Listener {
  /** Hears an event. Must neither throw nor take long: everybody else waits. */
  deliver(event: Event): void
}

/** What a listener holds while it listens. */
export interface Attachment {
  /** Hears of a conversation that the user is not in, as far as they may see it. */
  watch(conversationSid: string, sight: Sight): void
  unwatch(conversationSid: string): void
  /** Hears of another user of the service. */
  follow(identity: string): void
  unfollow(identity: string): void
  detach(): void
}

/** All devices of one user on this node, and the conversations that this user is in. */
interface Channel {
  readonly key: UserKey
  readonly listeners: Set<Listener>
  readonly conversations: Set<string>
  /** Memberships that ended while they were being read; undefined once they are known. */
  endedMeanwhile: Set<string> | undefined
  ready: Promise<void>
}

/** What somebody outside of a conversation may hear of it. */
const FACE_EVENTS: ReadonlySet<Event['type']> = new Set(['conversation.updated', 'conversation.deleted'])

/**
 * Who hears what on this node. Membership is followed by the same events that everybody gets, in the order of the commits, so
 * whoever was removed hears nothing after their removal (G7).
 */
export class FanOut {
  readonly #store: Store
  readonly #channels = new Map<string, Channel>()
  /** Channels of the members of a conversation; only of those with a listener here. */
  readonly #members = new Map<string, Set<Channel>>()
  readonly #followers = new Followers()
  readonly #overhearing = new Set<(published: Published) => void>()
  readonly #watchers = new Map<string, Map<Listener, { readonly sight: Sight; readonly key: UserKey }>>()

  constructor(store: Store) {
    this.#store = store
  }

  /**
   * Lets a listener hear everything of a user's own scope and of all their conversations. When the promise settles, nothing that
   * is committed later is missed.
   */
  async attach(key: UserKey, listener: Listener): Promise<Attachment> {
    const name = userName(key)
    let channel = this.#channels.get(name)
    if (!channel) {
      channel = { key, listeners: new Set(), conversations: new Set(), endedMeanwhile: new Set(), ready: Promise.resolve() }
      this.#channels.set(name, channel)
      channel.ready = this.#load(channel)
    }
    channel.listeners.add(listener)
    await channel.ready
    return this.#attachment(channel, listener)
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

  /** Hands committed events out, in their order. */
  publish(events: readonly Published[]): void {
    for (const published of events) {
      const { serviceSid, event } = published
      for (const hear of this.#overhearing) hear(published)
      if (event.type === 'profile.updated') this.#publishToFollowers(serviceSid, event)
      else if (isUserEvent(event)) this.#publishToUser(serviceSid, event)
      else this.#publishInConversation(serviceSid, event)
    }
  }

  /** Tells the members of a conversation what passes by, except the user that it comes from. */
  publishPassing(serviceSid: string, event: Event & { readonly conversationSid: string }, except: string): void {
    const typist = this.#channels.get(userName({ serviceSid, identity: except }))
    for (const channel of this.#members.get(event.conversationSid) ?? []) {
      if (channel !== typist) deliver(channel, event)
    }
  }

  /** Tells all devices of a user, and those who follow them, what passes by. */
  tellOf(key: UserKey, event: Event): void {
    const channel = this.#channels.get(userName(key))
    if (channel) deliver(channel, event)
    this.#followers.deliver(key, event)
  }

  /** Whether anybody here hears of a user without being them. */
  isFollowed(key: UserKey): boolean {
    return this.#followers.has(key)
  }

  /** Whether anybody here hears of a user. */
  isHeardOf(key: UserKey): boolean {
    return this.#channels.has(userName(key)) || this.isFollowed(key)
  }

  /** All users of a service of whom anybody here hears. */
  heardOf(serviceSid: string): UserKey[] {
    const keys = [...this.#channels.values().map(({ key }) => key), ...this.#followers.keys()]
    const ofService = keys.filter((key) => key.serviceSid === serviceSid)
    return [...new Map(ofService.map((key) => [userName(key), key])).values()]
  }

  async #load(channel: Channel): Promise<void> {
    let sids: readonly string[]
    try {
      sids = await this.#store.read((reads) => reads.membershipSids(channel.key))
    } catch (error) {
      // Whoever comes next begins anew.
      this.#close(channel)
      throw error
    }
    for (const sid of sids) {
      if (!channel.endedMeanwhile?.has(sid)) this.#join(channel, sid)
    }
    channel.endedMeanwhile = undefined
  }

  #attachment(channel: Channel, listener: Listener): Attachment {
    const watched = new Set<string>()
    const unwatch = (sid: string) => {
      watched.delete(sid)
      this.#unwatch(sid, listener)
    }
    const followed = new Set<string>()
    const followedKey = (identity: string) => ({ ...channel.key, identity })
    const unfollow = (identity: string) => {
      followed.delete(identity)
      this.#followers.unfollow(followedKey(identity), listener)
    }
    return {
      watch: (sid, sight) => {
        watched.add(sid)
        const watchers = this.#watchers.get(sid) ?? new Map()
        this.#watchers.set(sid, watchers.set(listener, { sight, key: channel.key }))
      },
      unwatch,
      follow: (identity) => {
        followed.add(identity)
        this.#followers.follow(followedKey(identity), listener)
      },
      unfollow,
      detach: () => {
        for (const sid of watched) unwatch(sid)
        for (const identity of followed) unfollow(identity)
        channel.listeners.delete(listener)
        if (channel.listeners.size === 0) this.#close(channel)
      },
    }
  }

  #close(channel: Channel): void {
    for (const sid of channel.conversations) this.#part(channel, sid)
    const name = userName(channel.key)
    if (this.#channels.get(name) === channel) this.#channels.delete(name)
  }

  #publishInConversation(serviceSid: string, event: ConversationEvent): void {
    const { conversationSid } = event
    if (event.type === 'participant.left' && event.identity !== null) {
      const channel = this.#channels.get(userName({ serviceSid, identity: event.identity }))
      if (channel) this.#part(channel, conversationSid)
    }
    for (const channel of this.#members.get(conversationSid) ?? []) deliver(channel, event)
    const watchers = this.#watchers.get(conversationSid)
    if (!watchers) return
    for (const [listener, { sight, key }] of watchers) {
      if (this.#members.get(conversationSid)?.has(this.#channels.get(userName(key)) as Channel)) continue
      if (sight === 'full' || FACE_EVENTS.has(event.type)) listener.deliver(event)
    }
    if (event.type === 'conversation.deleted') this.#watchers.delete(conversationSid)
  }

  #publishToUser(serviceSid: string, event: UserEvent): void {
    const channel = this.#channels.get(userName({ serviceSid, identity: event.identity }))
    if (!channel) return
    if (event.type === 'membership.added') this.#join(channel, event.conversation.sid)
    if (event.type === 'membership.removed') this.#part(channel, event.conversationSid)
    deliver(channel, event)
  }

  #publishToFollowers(serviceSid: string, event: ProfileUpdated): void {
    this.#followers.deliver({ serviceSid, identity: event.user.identity }, event)
  }

  #join(channel: Channel, sid: string): void {
    channel.endedMeanwhile?.delete(sid)
    channel.conversations.add(sid)
    const members = this.#members.get(sid) ?? new Set()
    this.#members.set(sid, members.add(channel))
  }

  /** Whoever is out hears nothing more, not even what they watched before. */
  #part(channel: Channel, sid: string): void {
    channel.endedMeanwhile?.add(sid)
    channel.conversations.delete(sid)
    for (const listener of channel.listeners) this.#unwatch(sid, listener)
    const members = this.#members.get(sid)
    members?.delete(channel)
    if (members?.size === 0) this.#members.delete(sid)
  }

  #unwatch(sid: string, listener: Listener): void {
    const watchers = this.#watchers.get(sid)
    watchers?.delete(listener)
    if (watchers?.size === 0) this.#watchers.delete(sid)
  }
}

function deliver(channel: Channel, event: Event): void {
  for (const listener of channel.listeners) listener.deliver(event)
}

/** Whether an event is numbered by its user's revision; else it is by that of its conversation. */
export function isUserEvent(event: ConversationEvent | UserEvent): event is UserEvent {
  return event.type.startsWith('membership.') || event.type.startsWith('user.')
}

import type { Sight } from '../commands/access.ts'
import type { UserKey } from '../ports/store.ts'
import type { ConversationRecord } from '../records/records.ts'
import type { Channel, Listener } from './fan-out.ts'
import { SmallSet } from './small-set.ts'

/** What a listener holds while it listens. */
export interface Attachment {
  /** Hears of a conversation that the user is not in, as far as they may see it, after what it has now. */
  watch(conversation: Watchable, sight: Sight): void
  unwatch(conversationSid: string): void
  /** Hears of another user of the service. */
  follow(identity: string): void
  unfollow(identity: string): void
  /** To do it twice is fine. */
  detach(): void
}

type Watchable = Pick<ConversationRecord, 'sid' | 'revision'>

/** Where attachments lead to. */
export interface Hearing {
  watch(channel: Channel, listener: Listener, conversation: Watchable, sight: Sight): void
  unwatch(listener: Listener, conversationSid: string): void
  follow(key: UserKey, listener: Listener): void
  unfollow(key: UserKey, listener: Listener): void
  leave(channel: Channel, listener: Listener): void
}

/** The attachment of one listener to the channel of its user: one object and no more, for there is one for every connection. */
export class ChannelAttachment implements Attachment {
  readonly #hearing: Hearing
  readonly #channel: Channel
  readonly #listener: Listener
  #watched: SmallSet<string> | undefined
  #followed: SmallSet<string> | undefined
  #isOver = false

  constructor(hearing: Hearing, channel: Channel, listener: Listener) {
    this.#hearing = hearing
    this.#channel = channel
    this.#listener = listener
  }

  watch(conversation: Watchable, sight: Sight): void {
    this.#watched ??= new SmallSet()
    this.#watched.add(conversation.sid)
    this.#hearing.watch(this.#channel, this.#listener, conversation, sight)
  }

  unwatch(conversationSid: string): void {
    this.#watched?.delete(conversationSid)
    this.#hearing.unwatch(this.#listener, conversationSid)
  }

  follow(identity: string): void {
    this.#followed ??= new SmallSet()
    this.#followed.add(identity)
    this.#hearing.follow({ ...this.#channel.key, identity }, this.#listener)
  }

  unfollow(identity: string): void {
    this.#followed?.delete(identity)
    this.#hearing.unfollow({ ...this.#channel.key, identity }, this.#listener)
  }

  detach(): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const sid of [...(this.#watched ?? [])]) this.unwatch(sid)
    for (const identity of [...(this.#followed ?? [])]) this.unfollow(identity)
    this.#hearing.leave(this.#channel, this.#listener)
  }
}

import type { ConversationEvent, UserEvent } from '@conversa/protocol'
import type { Published } from '../commands/changes.ts'
import type { Reads, Store, UserKey } from '../ports/store.ts'
import { userName } from '../ports/user-name.ts'

/** What is numbered, and followed on this node. */
export type FollowedScope = { readonly serviceSid: string; readonly conversationSid: string } | UserKey

/** The same as others name it. */
export type HeardScope = { readonly conversationSid: string } | UserKey

type Numbered = ConversationEvent | UserEvent

/** Events that are read at once. */
const STEP = 500

/** One scope that somebody here hears of. */
interface Followed {
  readonly scope: FollowedScope
  /** What was handed out here. */
  known: number
  /** What is there, as far as this node has heard. */
  target: number
  /** Events of this node that cannot be handed out yet, by revision. */
  readonly own: Map<number, Published>
  /** Whether its log is being read: then nothing else is handed out. */
  isBusy: boolean
}

/** Where the relay hands out, and what it says when it cannot. */
export interface Receivers {
  deliver(events: readonly Published[]): void
  /** Events of a scope are not kept any more: whoever hears of it has to begin anew. */
  lost(scope: FollowedScope): void
}

/**
 * Brings the events of all nodes into the one order of their scope: each is handed out here once, after all before it. What other
 * nodes committed is read from the log; what this node committed waits for it, if need be.
 */
export class Relay {
  readonly #store: Store
  readonly #receivers: Receivers
  readonly #followed = new Map<string, Followed>()
  /** What was heard of scopes that nobody followed then, for each who is finding out what to follow. */
  readonly #unfollowed = new Set<Map<string, number>>()

  constructor(store: Store, receivers: Receivers) {
    this.#store = store
    this.#receivers = receivers
  }

  /** Begins to follow a scope from a revision, unless it is followed already. */
  follow(scope: FollowedScope, revision: number): void {
    const name = nameOf(scope)
    if (this.#followed.has(name)) return
    this.#followed.set(name, { scope, known: revision, target: revision, own: new Map(), isBusy: false })
  }

  /**
   * Begins to follow what has to be looked up first. What is committed after it was looked up, and heard of before it is followed, is
   * not missed.
   *
   * @param find looks it up
   * @param follow follows what was found
   * @throws what `find` threw
   */
  async following<Found>(find: () => Promise<Found>, follow: (found: Found) => void): Promise<void> {
    const heard = new Map<string, number>()
    this.#unfollowed.add(heard)
    try {
      follow(await find())
    } finally {
      this.#unfollowed.delete(heard)
    }
    for (const [name, revision] of heard) {
      const followed = this.#followed.get(name)
      if (followed) this.#hear(followed, revision)
    }
  }

  /**
   * Looks at what a conversation has come to that nobody followed before: what was heard of it then is not said again.
   *
   * @throws when the store cannot be read
   */
  async lookAt(scope: Exclude<FollowedScope, UserKey>): Promise<void> {
    const found = await this.#store.read((reads) => reads.conversation(scope.serviceSid, scope.conversationSid))
    if (found) this.hear(scope, found.revision)
  }

  unfollow(scope: FollowedScope): void {
    this.#followed.delete(nameOf(scope))
  }

  /** The revision up to which events of a scope were handed out here; undefined when it is not followed. */
  known(scope: FollowedScope): number | undefined {
    return this.#followed.get(nameOf(scope))?.known
  }

  /** Takes events that this node committed. What nobody here follows, and what has no revision, is handed out as it is. */
  publish(events: readonly Published[]): void {
    for (const published of events) {
      const { event, serviceSid } = published
      if (!('revision' in event)) {
        this.#receivers.deliver([published])
        continue
      }
      const scope = scopeOf(serviceSid, event)
      const followed = this.#followed.get(nameOf(scope))
      if (followed && event.revision <= followed.known) continue
      followed?.own.set(event.revision, published)
      this.hear(scope, event.revision)
      if (!followed) this.#receivers.deliver([published])
    }
  }

  /** Hears that a scope has come to a revision. */
  hear(scope: HeardScope, revision: number): void {
    const name = nameOf(scope)
    const followed = this.#followed.get(name)
    if (followed) this.#hear(followed, revision)
    else for (const heard of this.#unfollowed) heard.set(name, Math.max(heard.get(name) ?? 0, revision))
  }

  /**
   * Reads on where the store could not be read before: nobody may ever say again that there is something.
   *
   * @throws when it cannot be read now either
   */
  async readOn(): Promise<void> {
    for (const followed of this.#followed.values()) {
      if (followed.known < followed.target && !followed.isBusy) await this.#read(followed)
    }
  }

  /** All scopes that are followed now. */
  scopes(): FollowedScope[] {
    return [...this.#followed.values()].map(({ scope }) => scope)
  }

  /**
   * Lets somebody come to a scope who knows it up to a revision: they get what was handed out since, and what follows.
   *
   * @param deliver hears the events that they missed
   * @param joined what hands them the following ones; called when nothing lies in between, and nothing comes in meanwhile
   */
  async admit(scope: FollowedScope, after: number, deliver: (event: Numbered) => void, joined: () => void): Promise<void> {
    for (let known = after; (this.known(scope) ?? 0) > known; ) {
      const events = await this.#store.read((reads) => logOf(reads, scope, known))
      if (events === undefined || events === 'gone' || events.length === 0) {
        this.#receivers.lost(scope)
        return
      }
      const isHandedOut = ({ revision }: Numbered) => revision <= (this.known(scope) ?? 0)
      for (const event of events.filter(isHandedOut)) {
        deliver(event)
        known = event.revision
      }
    }
    joined()
  }

  #hear(followed: Followed, revision: number): void {
    followed.target = Math.max(followed.target, revision)
    if (followed.isBusy) return
    this.#handOutOwn(followed)
    // When it fails, `readOn` goes on.
    if (followed.known < followed.target) this.#read(followed).catch(() => {})
  }

  #handOutOwn(followed: Followed): void {
    for (;;) {
      const next = followed.own.get(followed.known + 1)
      if (!next) return
      this.#handOut(followed, next)
    }
  }

  #handOut(followed: Followed, published: Published): void {
    followed.known++
    followed.own.delete(followed.known)
    this.#receivers.deliver([published])
  }

  async #read(followed: Followed): Promise<void> {
    followed.isBusy = true
    try {
      this.#handOutOwn(followed)
      while (followed.known < followed.target && this.#followed.get(nameOf(followed.scope)) === followed) {
        const { known, scope } = followed
        const missing = missingOf(followed)
        const events = await this.#store.read((reads) => logOf(reads, scope, known, missing))
        // Whoever follows it anew knows more than what was being read for those before.
        if (this.#followed.get(nameOf(scope)) !== followed) return
        if (events === 'gone') this.#end(followed)
        else if (events === undefined || events.length === 0) this.#giveUp(followed)
        else for (const event of events) this.#handOut(followed, { serviceSid: scope.serviceSid, event } as Published)
        this.#handOutOwn(followed)
      }
    } finally {
      followed.isBusy = false
    }
  }

  /** What was removed has no log: that it was is the last event. */
  #end(followed: Followed): void {
    const { scope, target } = followed
    followed.known = target
    followed.own.clear()
    if ('conversationSid' in scope) {
      const event = { type: 'conversation.deleted', conversationSid: scope.conversationSid, revision: target } as const
      this.#receivers.deliver([{ serviceSid: scope.serviceSid, event }])
    } else this.#receivers.lost(scope)
  }

  #giveUp(followed: Followed): void {
    followed.known = followed.target
    followed.own.clear()
    this.#receivers.lost(followed.scope)
  }
}

/** How many events are read: none that this node committed itself and waits to hand out. */
function missingOf({ known, own }: Followed): number {
  let missing = STEP
  for (const revision of own.keys()) missing = Math.min(missing, revision - known - 1)
  return missing
}

/** @returns undefined when they are not kept; `gone` when the scope is not there any more */
async function logOf(
  reads: Reads,
  scope: FollowedScope,
  after: number,
  limit = STEP,
): Promise<readonly Numbered[] | undefined | 'gone'> {
  if ('conversationSid' in scope) {
    const conversation = await reads.conversation(scope.serviceSid, scope.conversationSid)
    return conversation ? reads.conversationEvents(conversation, after, limit) : 'gone'
  }
  const user = await reads.user(scope)
  return user ? reads.userEvents(user, after, limit) : 'gone'
}

function scopeOf(serviceSid: string, event: Numbered): FollowedScope {
  // Events of a user's scope may name a conversation too.
  if (event.type.startsWith('membership.') || event.type.startsWith('user.'))
    return { serviceSid, identity: (event as UserEvent).identity }
  return { serviceSid, conversationSid: (event as ConversationEvent).conversationSid }
}

const nameOf = (scope: HeardScope) => ('conversationSid' in scope ? scope.conversationSid : userName(scope))

import {
  applyMembershipEvent,
  type Event,
  type ProfileUpdated,
  type Reachability,
  type ReachabilityUpdated,
  type StartSessionResult,
  type TypingStarted,
  type User,
  type UserEvent,
} from '@conversa/protocol'
import type { Clock, Random } from '../connection/clock.ts'
import type { ConversaError } from '../errors.ts'
import { type Ask, CatchUp } from './catch-up.ts'
import { Doubt } from './doubt.ts'
import { Listing } from './listing.ts'
import { Loader } from './loader.ts'
import type { Stream } from './stream.ts'
import { type StreamListener, Streams } from './streams.ts'

/** Hears what becomes of everything that the client follows. */
export interface SyncListener extends StreamListener {
  /** Somebody types. */
  typing(stream: Stream, event: TypingStarted): void
  /** The signed-in user, and how they can be reached, as they are now. */
  user(user: User, reachability: Reachability | null): void
  /** The signed-in user changed. */
  userChanged(event: UserEvent & { readonly type: 'user.updated' }): void
  /** Another user, or how the own or another one can be reached, is like this now. */
  told(event: ProfileUpdated | ReachabilityUpdated): void
  /** The newest conversations are there. Told after each reading of the list. */
  listed(): void
}

export interface SyncOptions {
  readonly clock: Clock
  readonly random: Random
  readonly listener: SyncListener
  /** Asks on the present connection only. */
  readonly ask: Ask
  /** Asks now or after the next reconnect. */
  readonly askLasting: Ask
  /** SIDs of the conversations in which a command is not answered yet. */
  awaited(): ReadonlySet<unknown>
  /** Ends the server's telling of a conversation that the user is not in. */
  unsubscribe(conversationSid: string): void
  /** Begins a new session. */
  resynchronise(error?: ConversaError): void
}

/** Where the user's own scope stands. */
interface Position {
  readonly epoch: string
  readonly identity: string
  readonly revision: number
}

/** Keeps what the client knows in step with the server: who is signed in, which conversations there are, what happens in them. */
export class Sync {
  readonly streams: Streams
  readonly catchUp: CatchUp
  readonly loader: Loader
  readonly listing: Listing
  readonly #options: SyncOptions
  readonly #doubt = new Doubt()
  #position: Position | undefined

  constructor(options: SyncOptions) {
    this.#options = options
    const { listener, ask, askLasting } = options
    const doubt = this.#doubt
    const streams = new Streams(listener)
    this.streams = streams
    this.catchUp = new CatchUp({ ...options, streams })
    this.loader = new Loader({ ...options, streams, doubt, catchUp: this.catchUp, ask: askLasting })
    this.listing = new Listing({ ...options, doubt, loader: this.loader, ask })
  }

  /** Where the user stands, for a session that goes on; undefined before the first one. */
  get position(): Position | undefined {
    return this.#position
  }

  /** A session was started: everything that was missed since the last one is found out and told. */
  started({ epoch, user, reachability, catchUp }: StartSessionResult): void {
    const before = this.#position
    this.#position = { epoch, identity: user.identity, revision: catchUp.revision }
    if (before && before.identity !== user.identity) this.streams.clear()
    this.#options.listener.user(user, reachability)
    const isSameLife = before?.epoch === epoch && before.identity === user.identity
    for (const stream of this.streams.all()) {
      stream.isVoid ||= !isSameLife
      if (stream.isJoined) stream.fallBehind()
    }
    const isContinued = isSameLife && 'delta' in catchUp
    const knewAll = this.listing.isComplete
    if (isContinued) for (const event of catchUp.delta) this.#foldMembership(event)
    else this.listing.restart()
    this.#refresh(knewAll)
    if (!this.listing.isComplete) this.#list()
  }

  /** Nothing will be told any more: who waits for that waits no longer. */
  close(): void {
    for (const stream of this.streams.all()) stream.current()
  }

  /** An event came, of whatever scope. */
  hear(event: Event): void {
    if (event.type === 'typing.started') {
      const stream = this.streams.get(event.conversationSid)
      if (stream) this.#options.listener.typing(stream, event)
    } else if (event.type === 'profile.updated' || event.type === 'reachability.updated') {
      this.#options.listener.told(event)
    } else if ('identity' in event && event.type !== 'participant.left') {
      this.#hearOfUser(event)
    } else {
      const stream = this.streams.get(event.conversationSid)
      if (stream) this.catchUp.hear(stream, event)
      else this.loader.hear(event)
    }
  }

  #hearOfUser(event: UserEvent): void {
    const position = this.#position
    if (!position || event.revision <= position.revision) return
    if (event.revision > position.revision + 1) {
      this.#options.resynchronise()
      return
    }
    this.#position = { ...position, revision: event.revision }
    if (event.type === 'user.updated') this.#options.listener.userChanged(event)
    this.#foldMembership(event)
  }

  #foldMembership(event: UserEvent): void {
    if (event.type === 'membership.added') {
      this.#doubt.cast(event.conversation.sid)
      this.#added(event)
    } else if ('conversationSid' in event) {
      this.#doubt.cast(event.conversationSid)
      const stream = this.streams.get(event.conversationSid)
      if (!stream?.isJoined) return
      if (event.type === 'membership.removed') this.streams.remove(stream)
      else this.streams.change(stream, applyMembershipEvent(stream.view, event))
    }
  }

  #added({ conversation }: UserEvent & { readonly type: 'membership.added' }): void {
    const known = this.streams.get(conversation.sid)
    const isOld = known?.view.membership?.participantSid === conversation.membership?.participantSid
    if (known?.isJoined && isOld && !known.isVoid) return
    this.loader.admit(conversation)
  }

  /**
   * Asks what happened in the conversations that are known. Void ones wait for the list. The others are asked for by their revisions
   * when the application looks into them or waits for a command there: it shall know why that is refused.
   *
   * @param canCompare whether they are all that there were, so that digests do for the rest
   */
  #refresh(canCompare: boolean): void {
    const { listener, awaited } = this.#options
    const streams = this.streams.all()
    const joined = streams.filter((stream) => stream.isJoined)
    const waiting = joined.filter((stream) => !stream.isVoid)
    const commanded = awaited()
    const isQuiet = (stream: Stream) => canCompare && !commanded.has(stream.sid) && !listener.isInUse(stream)
    this.catchUp.resume(waiting.filter((stream) => !isQuiet(stream)))
    this.catchUp.compare(joined, waiting.filter(isQuiet))
    for (const stream of streams) {
      if (stream.isWatched) void this.loader.recheck(stream.sid, true)
    }
  }

  #list(): void {
    const { listener, resynchronise } = this.#options
    this.listing
      .read(() => listener.listed())
      .then(() => {
        const isLeftOver = (stream: Stream) => stream.isJoined && stream.isVoid && this.listing.isComplete
        for (const { sid } of this.streams.all().filter(isLeftOver)) void this.loader.recheck(sid)
      })
      .catch(resynchronise)
  }
}

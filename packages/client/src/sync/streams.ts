import type { ConversationEvent, ConversationView, Message } from '@conversa/protocol'
import { Stream } from './stream.ts'

/** Hears what becomes of the conversations. Views are up to date already when it is told. */
export interface StreamListener {
  /** Whether the application looks into the conversation: such ones are brought up to date first. */
  isInUse(stream: Stream): boolean
  /** A conversation is known that was not before. */
  added(stream: Stream): void
  /** The user is in it now. */
  joined(stream: Stream): void
  /** The user is in it no more. */
  left(stream: Stream): void
  /** It is gone for this user. */
  removed(stream: Stream): void
  /** An event: each is told once, in the order of the revisions. */
  happened(stream: Stream, event: ConversationEvent): void
  /** The view differs from before. */
  changed(stream: Stream, before: ConversationView): void
  /**
   * Events were missed and a snapshot came in their place: what else is known of the conversation is to be read anew.
   *
   * @param isNewLife the store was restored: revisions and indexes count anew
   */
  jumped(stream: Stream, isNewLife: boolean): void
}

/** All conversations that this client knows, and the only place that tells of them. */
export class Streams {
  readonly #listener: StreamListener
  /** Also those that are removed: if the user comes back, the application's object lives again. */
  readonly #bySid = new Map<string, Stream>()

  constructor(listener: StreamListener) {
    this.#listener = listener
  }

  /** A conversation that is not removed. */
  get(sid: string): Stream | undefined {
    const stream = this.#bySid.get(sid)
    return stream?.isRemoved ? undefined : stream
  }

  /** All that are not removed, in the order of loading. */
  all(): Stream[] {
    return [...this.#bySid.values()].filter((stream) => !stream.isRemoved)
  }

  /**
   * Adds a conversation, or brings back a removed one.
   *
   * @param told the revision up to which nothing is to be told
   */
  open(view: ConversationView, told?: number): Stream {
    const known = this.#bySid.get(view.sid)
    known?.restart(view, told)
    const stream = known ?? new Stream(view, told)
    this.#bySid.set(view.sid, stream)
    this.#listener.added(stream)
    if (stream.isJoined) this.#listener.joined(stream)
    return stream
  }

  /** The user came into a conversation that is known. */
  join(stream: Stream, view: ConversationView): void {
    const before = stream.view
    stream.restart(view)
    this.#listener.joined(stream)
    this.#listener.changed(stream, before)
  }

  /** The conversation is gone for this user: they left or were removed, or it was deleted. */
  remove(stream: Stream): void {
    if (stream.isRemoved) return
    const wasJoined = stream.isJoined
    stream.isRemoved = true
    stream.view = { ...stream.view, membership: null }
    stream.current()
    if (wasJoined) this.#listener.left(stream)
    this.#listener.removed(stream)
  }

  /** Folds an event and tells of it. */
  tell(stream: Stream, event: ConversationEvent): void {
    const before = stream.view
    const remains = stream.fold(event)
    this.#listener.happened(stream, event)
    if (!remains || leaves(before, event)) this.remove(stream)
    else if (stream.view !== before) this.#listener.changed(stream, before)
  }

  /** Tells of a message that a snapshot passed over. The view has it already. */
  tellOwed(stream: Stream, message: Message, revision: number): void {
    stream.lastIndex = message.index
    this.#listener.happened(stream, { type: 'message.added', conversationSid: stream.sid, revision, message })
  }

  /** Puts a view in the place of another one, without an event. */
  change(stream: Stream, view: ConversationView): void {
    const before = stream.view
    stream.view = view
    this.#listener.changed(stream, before)
  }

  /** Takes a view in the place of the events that were missed. */
  skipTo(stream: Stream, view: ConversationView): void {
    const { view: before, isVoid, isJoined } = stream
    if (isJoined && !view.membership) {
      this.remove(stream)
      return
    }
    stream.skipTo(view)
    this.#listener.changed(stream, before)
    this.#listener.jumped(stream, isVoid)
  }

  /** Forgets everything: another user signed in. */
  clear(): void {
    for (const stream of this.all()) this.remove(stream)
    this.#bySid.clear()
  }
}

/** Whether an event is the user's own leaving. */
function leaves({ membership }: ConversationView, event: ConversationEvent): boolean {
  return event.type === 'participant.left' && event.participantSid === membership?.participantSid
}

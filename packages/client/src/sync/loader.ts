import type { ConversationEvent, ConversationView, Query, Result } from '@conversa/protocol'
import type { ConversaError } from '../errors.ts'
import type { CatchUp } from './catch-up.ts'
import type { Doubt } from './doubt.ts'
import type { Stream } from './stream.ts'
import type { Streams } from './streams.ts'

export interface LoaderOptions {
  readonly streams: Streams
  readonly catchUp: CatchUp
  readonly doubt: Doubt
  /** Asks now or after the next reconnect. */
  readonly ask: (query: Query<'conversation.get'>) => Promise<Result<'conversation.get'>>
  /** Ends the server's telling of a conversation that the user is not in. */
  unsubscribe(conversationSid: string): void
}

/** Events of one unknown conversation that wait for it; what comes beyond is asked for once it is there. */
const MOST_HELD = 1000

/** Loads conversations one by one: for the application, and for events of conversations that are not known yet. */
export class Loader {
  readonly #options: LoaderOptions
  readonly #held = new Map<string, ConversationEvent[]>()

  constructor(options: LoaderOptions) {
    this.#options = options
  }

  /** An event came of a conversation that is not known. It is told when that is loaded, if the user is in it. */
  hear(event: ConversationEvent): void {
    const held = this.#held.get(event.conversationSid)
    if (held && held.length < MOST_HELD) held.push(event)
    if (held) return
    this.#held.set(event.conversationSid, [event])
    void this.recheck(event.conversationSid)
  }

  /**
   * Asks anew what the user has to do with a conversation; adds it if they are in it, removes it if they may not see it.
   *
   * @param subscribe whether the server shall tell of it although the user is not in it
   * @returns settles when that is done; never rejects
   */
  recheck(sid: string, subscribe = false): Promise<void> {
    const { streams } = this.#options
    const remove = () => {
      const stream = streams.get(sid)
      if (stream) streams.remove(stream)
    }
    return this.#get({ conversationSid: sid, ...(subscribe && { subscribe }) })
      .then((view) => {
        const isKnownOutside = streams.get(sid)?.isJoined === false
        if (view.membership || isKnownOutside) this.admit(view)
        else remove()
      })
      .catch((error: ConversaError) => {
        if (error.status === 404) remove()
      })
      .finally(() => this.#held.delete(sid))
  }

  /**
   * Loads a conversation for the application and follows it from then on.
   *
   * @param name its SID or its unique name
   * @returns the conversation; rejects when the user may not see it
   */
  async load(name: { readonly conversationSid: string } | { readonly uniqueName: string }): Promise<Stream> {
    const known = 'conversationSid' in name && this.#options.streams.get(name.conversationSid)
    if (known) return known
    const stream = this.admit(await this.#get({ ...name, subscribe: true }))
    stream.isWatched = true
    this.#unwatch(stream)
    return stream
  }

  /** Loads a conversation as it is now, and follows it no further. */
  peek(conversationSid: string): Promise<ConversationView> {
    return this.#get({ conversationSid })
  }

  /**
   * Takes the view of a conversation in, wherever it comes from. What is known and followed already is not touched by it.
   *
   * @param view fresh: nothing is known that happened to the membership since it was read
   */
  admit(view: ConversationView): Stream {
    const { streams, catchUp } = this.#options
    const known = streams.get(view.sid)
    if (known) {
      this.#update(known, view)
      this.#unwatch(known)
      return known
    }
    const held = this.#held.get(view.sid) ?? []
    this.#held.delete(view.sid)
    const first = held[0]?.revision ?? Number.POSITIVE_INFINITY
    const stream = streams.open(view, Math.min(view.revision, first - 1))
    for (const event of held) catchUp.hear(stream, event)
    return stream
  }

  /** Who is in a conversation hears of it anyway, and the server follows only so many for others. */
  #unwatch(stream: Stream): void {
    if (!stream.isWatched || !stream.isJoined) return
    stream.isWatched = false
    this.#options.unsubscribe(stream.sid)
  }

  /** What another session of the store, or the user's scope, says of a conversation that is known. */
  #update(stream: Stream, view: ConversationView): void {
    const { streams, catchUp } = this.#options
    const [before, now] = [stream.view.membership, view.membership]
    if (stream.isVoid) catchUp.skipTo(stream, view)
    else if (!before && now) streams.join(stream, view)
    else if (!before && view.revision > stream.view.revision) streams.change(stream, view)
    else if (before && now && before.participantSid !== now.participantSid) {
      streams.remove(stream)
      streams.open(view)
    } else if (before && now && before.notificationLevel !== now.notificationLevel) {
      const membership = { ...before, notificationLevel: now.notificationLevel }
      streams.change(stream, { ...stream.view, membership })
    }
  }

  async #get(query: Omit<Query<'conversation.get'>, 'type'>): Promise<ConversationView> {
    const { doubt, ask } = this.#options
    const { answer, doubtful } = await doubt.ask(ask({ type: 'conversation.get', ...query }))
    return doubtful.has(answer.conversation.sid) ? this.#get(query) : answer.conversation
  }
}

import {
  bucketOf,
  type ConversationCatchUp,
  type ConversationEvent,
  type ConversationView,
  type Query,
  type Result,
  revisionDigests,
} from '@conversa/protocol'
import { backOff } from '../connection/back-off.ts'
import type { Clock, Random } from '../connection/clock.ts'
import type { ConversaError } from '../errors.ts'
import type { Behind, Stream } from './stream.ts'
import type { Streams } from './streams.ts'

/** Asks a query on the present connection; rejects when that is lost. */
export type Ask = <Q extends Query>(query: Q) => Promise<Result<Q['type']>>

export interface CatchUpOptions {
  readonly streams: Streams
  readonly clock: Clock
  readonly random: Random
  readonly ask: Ask
  /** Begins a new session, when asking did not help. */
  resynchronise(error?: ConversaError): void
}

/** Conversations in one question; the server allows 500. */
const MOST_PER_QUERY = 500
/** Messages in one question; the server allows 100. */
const PAGE_SIZE = 100
/** Events that a stream holds while it waits. What comes beyond is asked for afterwards. */
const MOST_HELD = 1000

/*
 * How a conversation gets from what is known to what is true (G4). Events are told in the order of their revisions, each once:
 *
 * - known already: dropped; the next one: told; a later one: there is a hole, and the server is asked what happened since
 * - one question at a time per conversation; what comes meanwhile is held, and told behind the answer
 * - if the answer does not reach the highest revision seen, it is asked again: never silence
 * - after a reconnect, conversations that nobody looks into are compared first; those that differ are asked for
 * - if the answer is a snapshot, messages between are read page by page and told like any other, before what comes after them
 */

/** Brings streams up to date and keeps them there. */
export class CatchUp {
  readonly #options: CatchUpOptions

  constructor(options: CatchUpOptions) {
    this.#options = options
  }

  /** An event came. */
  hear(stream: Stream, event: ConversationEvent): void {
    if (event.revision <= stream.told) return
    const isNext = event.revision === stream.told + 1 && !stream.behind
    // Who is not in a conversation hears only some of its events: holes are not to be seen.
    if (isNext || !stream.isJoined) {
      this.#options.streams.tell(stream, event)
      return
    }
    const isWaiting = stream.behind !== undefined
    hold(stream.behind ?? stream.fallBehind(), event)
    if (!isWaiting) this.resume([stream])
  }

  /**
   * Finds out by digests which of some streams have news, and asks for these.
   *
   * @param all the user's conversations
   * @param compared those of them to bring up to date
   */
  compare(all: readonly Stream[], compared: readonly Stream[]): void {
    if (compared.length > 0) this.#run(this.#compareAll(all, compared.map(waiting)))
  }

  /** Asks what happened since the streams' revisions; until the answers are told, what else comes is held back. */
  resume(streams: readonly Stream[]): void {
    this.#run(this.#resumeAll(streams.map(waiting)))
  }

  /** Takes a view in the place of the events that a stream missed. */
  skipTo(stream: Stream, view: ConversationView): void {
    const behind = stream.behind ?? stream.fallBehind()
    this.#options.streams.skipTo(stream, view)
    this.#run(this.#settle(stream, behind, true), () => isWaiting([stream, behind]))
  }

  /**
   * Runs something when the application knows of everything that a command did.
   *
   * @param index of the message that it made, if it made one
   */
  whenCurrent(stream: Stream, index: number | undefined, go: () => void): void {
    if (stream.isJoined && !stream.behind && index !== undefined && index > stream.lastIndex) this.resume([stream])
    stream.whenCurrent(go)
  }

  /** A lost connection is followed by another one, which begins with all this again. Any other failure asks for one. */
  #run(work: Promise<void>, isOfUse: () => boolean = () => true): void {
    work.catch((error: ConversaError) => {
      if (isOfUse()) this.#options.resynchronise(error)
    })
  }

  async #compareAll(all: readonly Stream[], compared: readonly Waiting[]): Promise<void> {
    const digests = revisionDigests(all.map(({ sid, told }) => ({ conversationSid: sid, revision: told })))
    const { differing, conversations } = await this.#options.ask({ type: 'conversation.compare', digests })
    const now = new Map(conversations.map(({ conversationSid, revision }) => [conversationSid, revision]))
    const hasNews = ([{ sid, told }]: Waiting) => differing.includes(bucketOf(sid)) && now.get(sid) !== told
    for (const one of compared) if (!hasNews(one)) this.#run(this.#take(...one), () => isWaiting(one))
    await this.#resumeAll(compared.filter(hasNews))
  }

  async #resumeAll(all: readonly Waiting[]): Promise<void> {
    for (let at = 0; at < all.length; at += MOST_PER_QUERY) {
      const asked = all.slice(at, at + MOST_PER_QUERY).filter(isWaiting)
      if (asked.length === 0) continue
      const since = asked.map(([stream]) => ({ conversationSid: stream.sid, revision: stream.told }))
      const { conversations } = await this.#options.ask({ type: 'conversation.resume', since })
      const news = new Map(conversations.map((each) => [each.conversationSid, each]))
      for (const one of asked) {
        this.#run(this.#take(...one, news.get(one[0].sid)), () => isWaiting(one))
      }
    }
  }

  async #take(stream: Stream, behind: Behind, news?: ConversationCatchUp): Promise<void> {
    const { streams } = this.#options
    const before = stream.told
    await this.#payOwed(stream, behind)
    if (stream.behind !== behind) return
    if (news && 'gone' in news) streams.remove(stream)
    if (news && 'snapshot' in news) streams.skipTo(stream, news.snapshot)
    if (news && 'delta' in news) this.#tellAll(stream, behind, news.delta)
    await this.#settle(stream, behind, stream.told !== before)
  }

  /** Tells what was held, and ends the waiting if nothing is missing. */
  async #settle(stream: Stream, behind: Behind, hasNews: boolean): Promise<void> {
    await this.#payOwed(stream, behind)
    const held = behind.held.splice(0).sort((a, b) => a.revision - b.revision)
    this.#tellAll(stream, behind, held)
    if (stream.behind !== behind) return
    behind.held.push(...held.filter(({ revision }) => revision > stream.told))
    if (behind.seen <= stream.told) stream.current()
    else if (hasNews) this.resume([stream])
    else this.#askLater(stream, behind)
  }

  #askLater(stream: Stream, behind: Behind): void {
    const { clock, random } = this.#options
    const again = () => {
      if (stream.behind === behind) this.resume([stream])
    }
    clock.after(backOff(behind.fruitless++, random), again)
  }

  /** Tells the events that come next, as far as there is no hole. */
  #tellAll(stream: Stream, behind: Behind, events: readonly ConversationEvent[]): void {
    for (const event of events) {
      if (stream.behind === behind && event.revision === stream.told + 1) this.#options.streams.tell(stream, event)
    }
  }

  /** Reads and tells the messages that a snapshot passed over. */
  async #payOwed(stream: Stream, behind: Behind): Promise<void> {
    const { ask, streams } = this.#options
    while (stream.owed !== undefined && stream.behind === behind) {
      const { sid: conversationSid, owed } = stream
      const query = {
        type: 'message.page',
        conversationSid,
        anchor: stream.lastIndex + 1,
        direction: 'forward',
        limit: PAGE_SIZE,
      } as const
      const { messages, newer, revision } = await ask(query)
      for (const message of messages) {
        if (stream.behind === behind && message.index <= owed) streams.tellOwed(stream, message, revision)
      }
      const isPaid = messages.length === 0 || newer === null || newer > owed
      if (stream.behind === behind && isPaid) stream.owed = undefined
    }
  }
}

/** A stream, and what it waited for when it was asked about. */
type Waiting = readonly [Stream, Behind]

const waiting = (stream: Stream): Waiting => [stream, stream.behind ?? stream.fallBehind()]

const isWaiting = ([stream, behind]: Waiting) => stream.behind === behind

function hold(behind: Behind, event: ConversationEvent): void {
  behind.seen = Math.max(behind.seen, event.revision)
  if (behind.held.length < MOST_HELD) behind.held.push(event)
}

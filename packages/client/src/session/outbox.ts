import type { Command, Query, Request, Result } from '@conversa/protocol'
import { backOff } from '../connection/back-off.ts'
import type { Clock, Random } from '../connection/clock.ts'
import { type ConversaError, failure } from '../errors.ts'
import type { Outcome, Requests } from './requests.ts'

/*
 * What was asked and is not answered yet. What holds (outbox.test.ts):
 *
 * 1. Requests are sent in the order of their making, without waiting for answers, and kept until they are answered.
 * 2. After a reconnect the unanswered ones are sent again, in that order, before any newer one; a command with the same key, so that it
 *    takes effect once.
 * 3. Nothing is ever sent for another identity than the one it was made for.
 * 4. What is refused "later" is sent again after a pause, and meanwhile nothing newer of its lane (commands to one conversation) is
 *    sent. What was under way behind it already may overtake it: that is the price of not waiting for answers.
 * 5. The queue is bounded, and everything in it is settled at the end.
 */

/** A command without its key. */
export type Keyless<C = Command> = C extends unknown ? Omit<C, 'key'> : never

export interface OutboxOptions {
  readonly clock: Clock
  readonly random: Random
  readonly makeKey: () => string
  /** Asks for a new token after this refusal; `flush` is called when there is one. */
  readonly needToken: (refusal: ConversaError) => void
}

interface Entry {
  readonly request: Request
  readonly identity: string | undefined
  /** What must keep its order: commands with the same lane. */
  readonly lane: unknown
  /** Of no use on another connection. */
  readonly isBound: boolean
  readonly resolve: (result: unknown) => void
  readonly reject: (error: ConversaError) => void
  isSent: boolean
  /** An answer was lost: what was sent may take effect still, and the server is told so. */
  again?: true
  refusals: number
}

/** How many requests may wait for their answers. */
const OUTBOX_CAPACITY = 10_000
/** How often something is tried that is refused for now: some three minutes in all. */
const MOST_REFUSALS = 10

/** The queue of everything that the application and the SDK ask for. */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #entries = new Set<Entry>()
  /** Lanes that pause after a refusal, with what calls the pause off. */
  readonly #pauses = new Map<unknown, () => void>()
  #requests: Requests | undefined
  #identity: string | undefined
  #closed = false

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /**
   * Sends a command as soon as possible, under a new key.
   *
   * @returns its result; rejects when it is refused for good, when the queue is full, after another user signed in, or at the end
   */
  command<C extends Keyless>(command: C): Promise<Result<C['type']>> {
    const lane = 'conversationSid' in command ? command.conversationSid : ''
    return this.#push({ ...command, key: this.#options.makeKey() }, lane, false) as Promise<Result<C['type']>>
  }

  /**
   * Sends a query as soon as possible. It is asked again when the connection is lost.
   *
   * @returns its result; rejects like a command
   */
  query<Q extends Query>(query: Q): Promise<Result<Q['type']>> {
    return this.#push(query, {}, false) as Promise<Result<Q['type']>>
  }

  /**
   * Sends a query of which nobody wants to know after the connection was lost.
   *
   * @returns its result; rejects like a query, and when the connection is lost
   */
  boundQuery<Q extends Query>(query: Q): Promise<Result<Q['type']>> {
    return this.#push(query, {}, true) as Promise<Result<Q['type']>>
  }

  /**
   * A session was started. What is pushed from now on is sent; `flush` sends what waits.
   *
   * @param identity who signed in: what was made for somebody else is refused
   */
  started(requests: Requests, identity: string): void {
    this.#requests = requests
    this.#identity = identity
    for (const entry of this.#entries) {
      if (entry.identity !== undefined && entry.identity !== identity) this.#settle(entry, failure('identityChanged'))
    }
  }

  /** The session is over; what was under way is kept for the next one. */
  lost(): void {
    this.#requests = undefined
  }

  /** SIDs of the conversations in which a command is not answered yet. */
  awaited(): ReadonlySet<unknown> {
    return new Set([...this.#entries].map(({ lane }) => lane))
  }

  /** Sends everything that waits and may be sent, oldest first. */
  flush(): void {
    for (const entry of this.#entries) this.#send(entry)
  }

  /** Rejects everything, and all that may still come. */
  close(): void {
    this.#closed = true
    this.#requests = undefined
    for (const cancel of this.#pauses.values()) cancel()
    for (const entry of this.#entries) this.#settle(entry, failure('shutDown'))
  }

  #push(request: Request, lane: unknown, isBound: boolean): Promise<unknown> {
    if (this.#closed) return Promise.reject(failure('shutDown'))
    if (this.#entries.size >= OUTBOX_CAPACITY) return Promise.reject(failure('tooMuchPending', { limit: OUTBOX_CAPACITY }))
    if (isBound && !this.#requests) return Promise.reject(failure('connectionLost'))
    return new Promise((resolve, reject) => {
      const entry: Entry = { request, identity: this.#identity, lane, isBound, resolve, reject, isSent: false, refusals: 0 }
      this.#entries.add(entry)
      this.#send(entry)
    })
  }

  #send(entry: Entry): void {
    if (!this.#requests || entry.isSent || this.#pauses.has(entry.lane)) return
    entry.isSent = true
    this.#requests.send(entry.request, (outcome) => this.#answered(entry, outcome), entry.again)
  }

  #answered(entry: Entry, outcome: Outcome): void {
    entry.isSent = false
    if (!this.#entries.has(entry)) return
    if (outcome.type === 'result') {
      this.#entries.delete(entry)
      entry.resolve(outcome.result)
    } else if (outcome.type === 'error') {
      this.#refused(entry, outcome.error)
    } else if (entry.isBound) {
      this.#settle(entry, failure('connectionLost'))
    } else {
      entry.again = true
    }
  }

  #refused(entry: Entry, error: ConversaError): void {
    if (error.retry === 'never' || ++entry.refusals >= MOST_REFUSALS) this.#settle(entry, error)
    else if (error.retry === 'later') this.#pause(entry, Number(error.detail.retryAfter) || 0)
    else this.#options.needToken(error)
  }

  /** @param least milliseconds before which the server will refuse it again; those who wait for the same come back one by one */
  #pause({ lane, refusals }: Entry, least: number): void {
    if (this.#pauses.has(lane)) return
    const { clock, random } = this.#options
    const end = () => {
      this.#pauses.delete(lane)
      this.flush()
    }
    this.#pauses.set(lane, clock.after(least + backOff(refusals - 1, random), end))
  }

  #settle(entry: Entry, error: ConversaError): void {
    this.#entries.delete(entry)
    entry.reject(error)
  }
}

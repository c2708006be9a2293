import type { ConversaError } from '../errors.ts'
import type { Clock, Random } from './clock.ts'
import { type Context, type Effect, type Event, next, type State } from './connection-state.ts'
import type { Transport, TransportFactory } from './transport.ts'

/** What the connection needs and whom it tells. */
export interface ConnectionOptions {
  readonly url: string
  readonly connect: TransportFactory
  readonly clock: Clock
  readonly random: Random
  /** Whether `fetchToken` is of any use. */
  canFetchToken(): boolean
  /** Sends `session.start`; its answer is given to `dispatch`. */
  sendStart(): void
  /** Sends a ping. */
  ping(): void
  /** Asks for a new token, since this refusal; it is announced by `dispatch`. */
  fetchToken(refusal: ConversaError): void
  /** A text arrived. */
  text(text: string): void
  /** The transport is gone, whether or not a session had been started on it. */
  gone(): void
  /** An attempt or a connection failed; when terminal, nothing more is tried without a new token. */
  failed(error: ConversaError, terminal: boolean): void
  /** Another kind of state is reached, and what follows from it was done. */
  moved(): void
}

/** Performs what the state machine decides: transports, one timer, and who is told. Decides nothing itself. */
export class Connection {
  readonly #options: ConnectionOptions
  #state: State = { kind: 'idle' }
  #transport: Transport | undefined
  /** Stands for the transport that counts. */
  #current: object | undefined
  #cancelTimer: (() => void) | undefined
  #lastHeard = 0

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  /** The kind of the present state. */
  get kind(): State['kind'] {
    return this.#state.kind
  }

  /** Says what happened; everything that follows is done when it returns. */
  dispatch(event: Event): void {
    const from = this.#state
    const { state, effects } = next(from, event, this.#context())
    this.#state = state
    if (state !== from) this.#setTimer(state)
    for (const effect of effects) this.#perform(effect)
    if (state.kind !== from.kind) this.#options.moved()
  }

  /** Sends a text if there is a transport; it is lost otherwise. */
  send(text: string): void {
    this.#transport?.send(text)
  }

  #context(): Context {
    const { clock, random, canFetchToken } = this.#options
    return { now: clock.now(), random, canFetchToken: canFetchToken(), lastHeard: this.#lastHeard }
  }

  #setTimer(state: State): void {
    this.#cancelTimer?.()
    const { clock } = this.#options
    const due = () => this.dispatch({ type: 'due' })
    this.#cancelTimer = 'until' in state ? clock.after(Math.max(0, state.until - clock.now()), due) : undefined
  }

  #perform(effect: Effect): void {
    if (effect.type === 'open') this.#open()
    else if (effect.type === 'drop') this.#drop()
    else if (effect.type === 'failed') this.#options.failed(effect.error, effect.terminal)
    else if (effect.type === 'fetchToken') this.#options.fetchToken(effect.error)
    else this.#options[effect.type]()
  }

  #open(): void {
    const { url, connect, clock } = this.#options
    const attempt = {}
    this.#current = attempt
    // What an earlier transport still tells is about the past.
    const ifCurrent = (act: () => void) => {
      if (this.#current === attempt) act()
    }
    const closed = (code: number, reason: string) => ifCurrent(() => this.#closed(code, reason))
    try {
      this.#transport = connect(url, {
        opened: () => ifCurrent(() => this.dispatch({ type: 'opened' })),
        text: (text) => ifCurrent(() => this.#hear(text)),
        closed,
      })
    } catch (error) {
      clock.after(0, () => closed(1006, String(error)))
    }
  }

  #hear(text: string): void {
    this.#lastHeard = this.#options.clock.now()
    this.#options.text(text)
  }

  #closed(code: number, reason: string): void {
    this.#forget()
    this.dispatch({ type: 'closed', code, reason })
  }

  #drop(): void {
    const transport = this.#transport
    this.#forget()
    transport?.close(1000)
  }

  #forget(): void {
    this.#current = undefined
    this.#transport = undefined
    this.#options.gone()
  }
}

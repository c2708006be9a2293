import type { Now } from '../ports/ports.ts'
import type { Deadlines, Due } from './deadlines.ts'

/** Milliseconds that are kept to a token's end. */
export interface TokenTimes {
  /** Before a token expires, to tell the client; a short-lived token is told after three quarters of its life. */
  readonly expiryNotice: number
  /** After a token expired, for clocks that are apart (reliability F14). */
  readonly expiryLeeway: number
}

/** Whoever holds a token: hears when it ages. */
export interface TokenHolder {
  tokenAboutToExpire(expiresAt: number): void
  tokenExpired(): void
}

/** What the tokens of all sessions have in common. */
interface TokenContext {
  readonly clock: { readonly now: Now }
  readonly deadlines: Deadlines
  readonly times: TokenTimes
}

/** Follows the token of a session: tells before it expires, so early that a slow application can bring another, and when it has. */
export class TokenLife implements Due {
  readonly #context: TokenContext
  readonly #holder: TokenHolder
  #expiresAt = 0
  /** When something is to be told next; undefined when nothing is. */
  #next: number | undefined
  #isTold = false

  constructor(context: TokenContext, holder: TokenHolder) {
    this.#context = context
    this.#holder = holder
  }

  /** Follows a new token instead. @param expiresAt milliseconds since 1970 */
  follow(expiresAt: number): void {
    this.stop()
    const { clock, times } = this.#context
    const now = clock.now()
    this.#expiresAt = expiresAt
    this.#isTold = false
    this.#await(Math.max(now, expiresAt - Math.min(times.expiryNotice, (expiresAt - now) / 4)))
  }

  stop(): void {
    if (this.#next !== undefined) this.#context.deadlines.clear(this.#next, this)
    this.#next = undefined
  }

  /** Tells what has come. */
  due(): void {
    if (this.#next === undefined) return
    this.#next = undefined
    if (this.#isTold) {
      this.#holder.tokenExpired()
      return
    }
    this.#isTold = true
    this.#await(this.#expiresAt + this.#context.times.expiryLeeway)
    this.#holder.tokenAboutToExpire(this.#expiresAt)
  }

  #await(at: number): void {
    this.#next = at
    this.#context.deadlines.set(at, this)
  }
}

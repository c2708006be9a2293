import type { After, Now } from './ports.ts'

/** Milliseconds that are kept to a token's end. */
export interface TokenTimes {
  /** Before a token expires, to tell the client; a short-lived token is told after three quarters of its life. */
  readonly expiryNotice: number
  /** After a token expired, for clocks that are apart (reliability F14). */
  readonly expiryLeeway: number
}

/** What is done when a token ages. */
export interface TokenLifeEnds {
  readonly aboutToExpire: (expiresAt: number) => void
  readonly expired: () => void
}

/** Follows the token of a session: tells before it expires, so early that a slow application can bring another, and when it has. */
export class TokenLife {
  readonly #clock: { readonly now: Now; readonly after: After }
  readonly #times: TokenTimes
  readonly #ends: TokenLifeEnds
  #cancel: () => void = () => {}

  constructor(clock: { readonly now: Now; readonly after: After }, times: TokenTimes, ends: TokenLifeEnds) {
    this.#clock = clock
    this.#times = times
    this.#ends = ends
  }

  /** Follows a new token instead. @param expiresAt milliseconds since 1970 */
  follow(expiresAt: number): void {
    this.stop()
    const left = expiresAt - this.#clock.now()
    const notice = Math.min(this.#times.expiryNotice, left / 4)
    this.#cancel = this.#clock.after(Math.max(0, left - notice), () => {
      this.#ends.aboutToExpire(expiresAt)
      this.#cancel = this.#clock.after(expiresAt + this.#times.expiryLeeway - this.#clock.now(), this.#ends.expired)
    })
  }

  stop(): void {
    this.#cancel()
  }
}

import type { Notice } from '@conversa/protocol'
import type { Clock } from './clock.ts'

/** Milliseconds that a session waits for things. */
export interface SessionTimes {
  /** From the connection to its first frame. */
  readonly signIn: number
  /** Of silence, after which a client pings; the server gives up after twice as many. */
  readonly heartbeat: number
  /** Before a token expires, to tell the client; a short-lived token is told after three quarters of its life. */
  readonly expiryNotice: number
  /** After a token expired, for clocks that are apart (reliability F14). */
  readonly expiryLeeway: number
}

export const DEFAULT_TIMES: SessionTimes = { signIn: 5000, heartbeat: 20_000, expiryNotice: 180_000, expiryLeeway: 60_000 }

/** What is done when a token ages. */
export interface TokenLifeEnds {
  readonly tell: (notice: Notice) => void
  readonly expire: () => void
}

/** Follows the token of a session: tells before it expires, and when it has. */
export class TokenLife {
  readonly #clock: Clock
  readonly #times: SessionTimes
  readonly #ends: TokenLifeEnds
  #cancel: () => void = () => {}

  constructor(clock: Clock, times: SessionTimes, ends: TokenLifeEnds) {
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
      this.#ends.tell({ type: 'token.aboutToExpire', expiresAt })
      this.#cancel = this.#clock.after(expiresAt + this.#times.expiryLeeway - this.#clock.now(), () => {
        this.#ends.tell({ type: 'token.expired' })
        this.#ends.expire()
      })
    })
  }

  stop(): void {
    this.#cancel()
  }
}

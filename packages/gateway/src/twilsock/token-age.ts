import type { GatewayContext } from './peer.ts'

/** What is done when a token ages. */
export interface TokenAgeEnds {
  readonly aboutToExpire: () => void
  readonly expired: () => void
}

/** Follows the token of a connection: tells before it expires, so early that a slow application can bring another, and when it has. */
export class TokenAge {
  readonly #context: Pick<GatewayContext, 'clock' | 'times'>
  readonly #ends: TokenAgeEnds
  #cancel: () => void = () => {}

  constructor(context: Pick<GatewayContext, 'clock' | 'times'>, ends: TokenAgeEnds) {
    this.#context = context
    this.#ends = ends
  }

  /** Follows a new token instead. @param expiresAt milliseconds since 1970 */
  follow(expiresAt: number): void {
    this.stop()
    const { clock, times } = this.#context
    const left = expiresAt - clock.now()
    const notice = Math.min(times.expiryNotice, left / 4)
    this.#cancel = clock.after(Math.max(0, left - notice), () => {
      this.#ends.aboutToExpire()
      this.#cancel = clock.after(expiresAt + times.expiryLeeway - clock.now(), this.#ends.expired)
    })
  }

  stop(): void {
    this.#cancel()
  }
}

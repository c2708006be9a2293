/** What waits for its turn. */
export interface Expiring {
  /** When it came, by `performance.now()`. */
  readonly since: number
  readonly reject: (error: unknown) => void
}

/** Gives up what has waited for too long, also while nothing before it comes to an end. */
export class Expiry {
  readonly #patience: number
  readonly #expire: (isLate: (item: Expiring) => boolean) => Expiring | undefined
  #timer: NodeJS.Timeout | undefined

  /**
   * @param patience milliseconds that anything may wait
   * @param expire gives up those that are late, and says which is the oldest that still waits
   */
  constructor(patience: number, expire: (isLate: (item: Expiring) => boolean) => Expiring | undefined) {
    this.#patience = patience
    this.#expire = expire
  }

  /** Hears that something began to wait at this moment. */
  watch(): void {
    if (!this.#timer) this.#look(this.#patience)
  }

  #look(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      const earliest = performance.now() - this.#patience
      const oldest = this.#expire(({ since }) => since <= earliest)
      if (oldest) this.#look(Math.max(1, Math.ceil(oldest.since - earliest)))
    }, milliseconds).unref()
  }
}

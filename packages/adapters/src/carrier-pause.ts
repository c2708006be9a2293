/** Milliseconds that nothing is sent to a carrier that says that it is too much, at first and at most. */
const FIRST = 1000
const LONGEST = 10 * 60_000

/** Lets a carrier alone that says that it is too much: longer and longer, until it has taken something. */
export class CarrierPause {
  readonly #now: () => number
  #until = 0
  #next = FIRST

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Milliseconds until it may be tried again; 0 when it may be now. */
  get left(): number {
    return Math.max(this.#until - this.#now(), 0)
  }

  /** It said that it is too much; many answers of one moment say it once. @returns milliseconds until it may be tried again */
  begin(): number {
    if (this.left === 0) {
      this.#until = this.#now() + this.#next
      this.#next = Math.min(this.#next * 2, LONGEST)
    }
    return this.left
  }

  /** It took something. */
  end(): void {
    this.#next = FIRST
  }
}

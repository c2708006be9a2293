/** Time as the doors use it: what it is now, and calling back later. Handed in, so that tests and simulations turn it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /**
   * Calls back once after some milliseconds.
   *
   * @returns cancels it
   */
  after(milliseconds: number, run: () => void): () => void
}

/** Delays beyond this overflow a timer of the platform. */
const LONGEST_DELAY = 2 ** 31 - 1

/** The time of this machine. A timer of it does not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, Math.min(milliseconds, LONGEST_DELAY))
    timer.unref()
    return () => clearTimeout(timer)
  },
}

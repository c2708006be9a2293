/*
 * What the SDK needs of the machine it runs on. This is the only file that touches the time, randomness and timers, so that a
 * seeded simulation can run many clients in one process.
 */

/** Time and timers. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /**
   * Runs something later, once.
   *
   * @param ms milliseconds from now
   * @returns what calls it off
   */
  after(ms: number, run: () => void): () => void
}

/** A number from 0 (included) to 1 (excluded), not to be guessed. */
export type Random = () => number

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Randomness of the machine: keys made from it must not collide between tabs and devices. */
export const systemRandom: Random = () => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32

import type { Random } from './clock.ts'

const FIRST = 500
const LONGEST = 30_000

/**
 * How long to pause before trying again: doubling, and jittered so that clients that failed together do not return together.
 *
 * @param attempt how often it failed before, from 0
 * @returns whole milliseconds, between half and all of min(30 s, 0.5 s · 2^attempt)
 */
export function backOff(attempt: number, random: Random): number {
  return Math.round(Math.min(LONGEST, FIRST * 2 ** attempt) * (0.5 + random() / 2))
}

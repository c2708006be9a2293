import type { Clock, Random } from './clock.ts'

/**
 * Makes the keys by which the server knows a command again (G2). They are ordered by time, then by the order of their making, since
 * ordered keys are the cheapest to store; some 100 random bits keep those of two devices apart.
 *
 * @returns what makes the next key: printable, 40 characters
 */
export function keyMaker(clock: Clock, random: Random): () => string {
  let made = 0
  const digits = (value: number, length: number) => Math.floor(value).toString(36).padStart(length, '0').slice(-length)
  const randomDigits = () => digits(random() * 36 ** 6, 6)
  return () => {
    const order = digits(clock.now(), 9) + digits(made++, 7)
    return order + randomDigits() + randomDigits() + randomDigits() + randomDigits()
  }
}

import { InvalidArgumentError } from 'commander'

/** Reads a whole number from 1 upward. */
export function readCount(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 upward.')
  return Number(text)
}

/** Odd, so that a multiplication loses nothing: whichever one value differs, the checksum does. */
const FACTOR = 0x9e3779b1 | 0
const START = 0x811c9dc5 | 0
/** What kinds of value end with, so that none can be taken for another one. */
const [NOTHING, NUMBER, TEXT] = [1, 2, 3]

const mixed = (sum: number, word: number): number => Math.imul(((sum << 13) | (sum >>> 19)) ^ word, FACTOR)

/**
 * The checksum of a row: 32 bits over its values and their kinds. Every step can be undone, so that a row of which one word of one value
 * differs never has the same; any other difference goes unnoticed once in 4,000,000,000 times. It keeps off no forger. Written here, since
 * `crc32` of Node takes a text that would have to be put together first: 0.5 instead of 0.9 microseconds for a message of 120 characters.
 *
 * @param values of the columns in their order; nulls at the end count for nothing, so that a column can be added to a table
 * @returns a signed number of 32 bits
 */
export function checksumOf(values: readonly unknown[]): number {
  let [sum, nulls] = [START, 0]
  for (const value of values) {
    if (value === null) {
      nulls++
      continue
    }
    for (; nulls > 0; nulls--) sum = mixed(sum, NOTHING)
    sum = typeof value === 'number' ? withNumber(sum, value) : withText(sum, String(value))
  }
  return sum
}

function withNumber(sum: number, value: number): number {
  return mixed(mixed(mixed(sum, value | 0), Math.floor(value / 2 ** 32) | 0), NUMBER)
}

/** Two UTF-16 units a step. */
function withText(begun: number, text: string): number {
  const { length } = text
  let sum = begun
  for (let at = 0; at + 1 < length; at += 2) sum = mixed(sum, text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16))
  if (length % 2 === 1) sum = mixed(sum, text.charCodeAt(length - 1))
  return mixed(sum, (length << 2) | TEXT)
}

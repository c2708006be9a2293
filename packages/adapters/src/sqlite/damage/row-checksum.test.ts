import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checksumOf } from './row-checksum.ts'

/** What STRICT tables give: texts, whole numbers, nulls. */
const value = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.maxSafeInteger(), fc.constant(null))

describe('the checksum of a row', () => {
  test('is a number of 32 bits, and always the same', () => {
    fc.assert(
      fc.property(fc.array(value), (row) => {
        const sum = checksumOf(row)
        expect(sum).toBe(sum | 0)
        expect(checksumOf([...row])).toBe(sum)
      }),
    )
  })

  test('differs whichever bit of a text differs', () => {
    const text = 'hello, クララ 😀'
    for (let at = 0; at < text.length; at++) {
      for (let bit = 0; bit < 16; bit++) {
        const units = Array.from({ length: text.length }, (_, place) => text.charCodeAt(place))
        units[at] = (units[at] as number) ^ (1 << bit)
        expect(checksumOf([1, String.fromCharCode(...units), null, 2]), `${at} ${bit}`).not.toBe(checksumOf([1, text, null, 2]))
      }
    }
  })

  test('differs whichever bit of a number differs', () => {
    for (const number of [0, 1, -1, 1_764_284_000_123, -(2 ** 40)]) {
      for (let bit = 0; bit < 52; bit++) {
        const other = Number(BigInt.asIntN(53, BigInt(number) ^ (1n << BigInt(bit))))
        expect(checksumOf(['a', other, 'b']), `${number} ${bit}`).not.toBe(checksumOf(['a', number, 'b']))
      }
    }
  })

  test.each([
    [[null], ['']],
    [['5'], [5]],
    [
      ['ab', ''],
      ['a', 'b'],
    ],
    [
      ['a', null, 'b'],
      ['a', 'b'],
    ],
    [
      [1, 2],
      [2, 1],
    ],
    [
      ['a', null, 0],
      ['a', 0],
    ],
  ])('tells %j from %j', (one, other) => {
    expect(checksumOf(one)).not.toBe(checksumOf(other))
  })

  test('does not count nulls at the end, so that a column can be added', () => {
    expect(checksumOf(['a', 1, null, null])).toBe(checksumOf(['a', 1]))
  })
})

import { describe, expect, test } from 'vitest'
import { isSidOf, looksLikeSid, SID_PREFIX } from './ids.ts'

const digits = '0123456789abcdefABCDEF0123456789'

describe('looksLikeSid', () => {
  test.each([...Object.values(SID_PREFIX), 'XX', 'ZZ'])('%s and 32 hexadecimal digits', (prefix) => {
    expect(looksLikeSid(prefix + digits)).toBe(true)
  })

  test.each([
    '',
    'CH',
    `CH${digits.slice(1)}`,
    `CH${digits}0`,
    `ch${digits}`,
    `C1${digits}`,
    `CHX${digits.slice(1)}`,
    `CH${digits.slice(1)}g`,
    ` CH${digits}`,
    `CH${digits}\n`,
    `CH${digits}\nx`,
    `ＣＨ${digits}`,
  ])('not %j', (text) => {
    expect(looksLikeSid(text)).toBe(false)
  })
})

describe('isSidOf', () => {
  test('tells the kinds apart', () => {
    const kinds = Object.keys(SID_PREFIX) as (keyof typeof SID_PREFIX)[]
    for (const kind of kinds) {
      for (const other of kinds) expect(isSidOf(kind, SID_PREFIX[other] + digits)).toBe(kind === other)
      expect(isSidOf(kind, SID_PREFIX[kind])).toBe(false)
    }
    expect(new Set(Object.values(SID_PREFIX)).size).toBe(kinds.length)
  })
})

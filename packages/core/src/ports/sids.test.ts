import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { messageIndexOf, messageSid, sidMaker } from './sids.ts'

const someBytes = (bytes: Uint8Array) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>)

describe('sidMaker', () => {
  test('makes a prefix and 32 lower-case digits, each once', () => {
    const makeSid = sidMaker(() => 1_790_000_000_000, someBytes)
    const sids = Array.from({ length: 10_000 }, () => makeSid('participant'))
    for (const sid of sids) expect(sid).toMatch(/^MB[0-9a-f]{32}$/)
    expect(new Set(sids).size).toBe(sids.length)
  })

  test('they are in the order of their making, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 2 }), (steps) => {
        let now = 1_790_000_000_000
        const makeSid = sidMaker(() => now, someBytes)
        const sids = steps.map((step) => {
          now += step
          return makeSid('conversation')
        })
        return sids.every((sid, at) => at === 0 || sid > (sids[at - 1] ?? ''))
      }),
    )
  })

  test('more than fit into a millisecond stay in order', () => {
    const makeSid = sidMaker(() => 1_790_000_000_000, someBytes)
    const sids = Array.from({ length: 9000 }, () => makeSid('user'))
    expect(sids).toEqual(sids.toSorted())
  })

  test('all of what is not time and order is random', () => {
    const makeSid = sidMaker(
      () => 0x123456789abc,
      (bytes) => bytes.fill(0xef),
    )
    expect(makeSid('role')).toBe(`RL123456789abc000${'f'}${'ef'.repeat(8)}`)
    expect(makeSid('role')).toBe(`RL123456789abc001${'f'}${'ef'.repeat(8)}`)
  })
})

describe('messageSid', () => {
  test('derives from conversation and index, and gives the index back', () => {
    const makeSid = sidMaker(() => 1_790_000_000_000, someBytes)
    const [one, two] = [makeSid('conversation'), makeSid('conversation')]
    for (const index of [0, 1, 4096, 2 ** 40]) {
      const sid = messageSid(one, index)
      expect(sid).toMatch(/^IM[0-9a-f]{32}$/)
      expect(messageIndexOf(one, sid)).toBe(index)
      expect(messageIndexOf(two, sid)).toBeUndefined()
    }
  })
})

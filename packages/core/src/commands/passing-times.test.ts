import { describe, expect, test } from 'vitest'
import { PassingTimes } from './passing-times.ts'

describe('PassingTimes', () => {
  test('keeps a time until it has passed', () => {
    const times = new PassingTimes()
    times.set('a', 10, 0)
    expect(times.get('a', 9)).toBe(10)
    expect(times.get('a', 10)).toBeUndefined()
    expect(times.get('b', 0)).toBeUndefined()
    times.delete('a')
    expect(times.get('a', 9)).toBeUndefined()
  })

  test('holds no more than what still means something and a little', () => {
    const times = new PassingTimes()
    for (let now = 0; now < 100_000; now++) times.set(`${now}`, now + 100, now)
    expect(times.size).toBeLessThan(1100)
    expect(times.get('99999', 99_999)).toBe(100_099)
  })
})

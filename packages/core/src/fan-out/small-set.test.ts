import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SmallSet } from './small-set.ts'

test('a small set holds what a set of the language holds, in the same order', () => {
  const step = fc.record({ adds: fc.boolean(), member: fc.integer({ min: 0, max: 20 }) })
  const steps = fc.array(step, { maxLength: 100 })
  fc.assert(
    fc.property(steps, (all) => {
      const [small, usual] = [new SmallSet<number>(), new Set<number>()]
      for (const { adds, member } of all) {
        if (adds) small.add(member)
        else small.delete(member)
        if (adds) usual.add(member)
        else usual.delete(member)
        expect(small.size).toBe(usual.size)
        expect(small.has(member)).toBe(adds)
      }
      expect([...small]).toEqual([...usual])
    }),
  )
})

test.each([3, 20])('whoever goes while %i are walked over does not make the walk leave out others', (count) => {
  const all = Array.from({ length: count }, (_, at) => at)
  const set = new SmallSet<number>()
  for (const member of all) set.add(member)
  const walked: number[] = []
  for (const member of set) {
    walked.push(member)
    set.delete(member)
  }
  expect(walked).toEqual(all)
  expect(set.size).toBe(0)
})

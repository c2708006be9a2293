import { expect, test } from 'vitest'
import { Deadlines } from './deadlines.ts'

/** A clock whose timers come when the test says so, each once. */
function setUp() {
  const timers = new Set<{ readonly milliseconds: number; readonly run: () => void }>()
  const clock = {
    time: 500,
    now: () => clock.time,
    after: (milliseconds: number, run: () => void) => {
      const timer = { milliseconds, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
  }
  const come = (time: number) => {
    clock.time = time
    for (const timer of [...timers]) {
      timers.delete(timer)
      timer.run()
    }
  }
  const told: string[] = []
  const due = (name: string) => ({ due: () => void told.push(name) })
  return { deadlines: new Deadlines(clock), timers, come, told, due }
}

test('what is due within one second shares a timer, and is told once', () => {
  const { deadlines, timers, come, told, due } = setUp()
  for (const [name, at] of Object.entries({ a: 5000, b: 5999, c: 6000 })) deadlines.set(at, due(name))
  expect([...timers].map(({ milliseconds }) => milliseconds)).toEqual([4500, 5500])
  come(5000)
  come(6000)
  expect(told).toEqual(['a', 'b', 'c'])
  expect(timers.size).toBe(0)
})

test('what is cleared is not told, and the last one of a second takes its timer along', () => {
  const { deadlines, timers, come, told, due } = setUp()
  const [a, b, c] = ['a', 'b', 'c'].map(due) as [ReturnType<typeof due>, ReturnType<typeof due>, ReturnType<typeof due>]
  for (const each of [a, b]) deadlines.set(5000, each)
  deadlines.set(9000, c)
  deadlines.clear(5000, a)
  deadlines.clear(9000, c)
  deadlines.clear(9000, c)
  expect(timers.size).toBe(1)
  come(10_000)
  expect(told).toEqual(['b'])
})

test('a timer that is early waits again: one of the platform does not last for months', () => {
  const { deadlines, timers, come, told, due } = setUp()
  deadlines.set(5000, due('a'))
  come(3000)
  expect(told).toEqual([])
  expect([...timers].map(({ milliseconds }) => milliseconds)).toEqual([2000])
  come(5000)
  expect(told).toEqual(['a'])
})

import { expect, test } from 'vitest'
import { Rounds } from './rounds.ts'

/** A clock whose timers run when the test says so. */
function handClock() {
  const timers = new Set<() => void>()
  const after = (_: number, run: () => void) => {
    timers.add(run)
    return () => void timers.delete(run)
  }
  const strike = () => {
    const [run] = timers
    if (run) timers.delete(run)
    run?.()
    return new Promise((resolve) => setImmediate(resolve))
  }
  return { now: () => 0, after, strike, timers }
}

test('works at the start and again and again, also after a failure, one round at a time, until it is stopped', async () => {
  const [clock, failures] = [handClock(), [] as unknown[]]
  let rounds = 0
  let release = () => {}
  const rounding = new Rounds(
    () => {
      if (++rounds === 2) throw new Error('the disk is gone')
      return new Promise<void>((resolve) => (release = resolve))
    },
    7,
    clock,
    (error) => failures.push(error),
  )
  rounding.start()
  expect([rounds, clock.timers.size]).toEqual([1, 0])
  release()
  await clock.strike()
  await clock.strike()
  expect([rounds, failures]).toEqual([2, [new Error('the disk is gone')]])
  await clock.strike()
  expect(rounds).toBe(3)
  const stopped = rounding.stop()
  release()
  await stopped
  expect(clock.timers.size).toBe(0)
})

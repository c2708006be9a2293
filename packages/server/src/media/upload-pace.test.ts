import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../clock.ts'
import { paced, TooSlow } from './upload-pace.ts'

const PACE = { idle: 1000, bytesPerSecond: 10, grace: 5000 }

/** A clock that stands still until it is moved. */
function standingClock(): Clock & { pass(milliseconds: number): void } {
  let now = 0
  const timers = new Set<{ at: number; run: () => void }>()
  return {
    now: () => now,
    after(milliseconds, run) {
      const timer = { at: now + milliseconds, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    pass(milliseconds) {
      now += milliseconds
      for (const timer of timers) {
        if (timer.at > now) continue
        timers.delete(timer)
        timer.run()
      }
    },
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('an upload', () => {
  test('is passed on as it comes', async () => {
    const stream = new PassThrough()
    stream.end('hello')
    let text = ''
    for await (const chunk of paced(stream, standingClock(), PACE)) text += chunk
    expect(text).toBe('hello')
  })

  test('that stops is given up, and its stream stays open for the answer', async () => {
    const [stream, clock] = [new PassThrough(), standingClock()]
    const chunks = paced(stream, clock, PACE)
    stream.write('a')
    await chunks.next()
    const next = chunks.next()
    await turn()
    clock.pass(999)
    await turn()
    clock.pass(1)
    await expect(next).rejects.toThrow(TooSlow)
    expect(stream.destroyed).toBe(false)
  })

  test('that drips is given up when it is too slow on the whole', async () => {
    const [stream, clock] = [new PassThrough(), standingClock()]
    const chunks = paced(stream, clock, PACE)
    let passed = 0
    const dripping = async () => {
      for (;;) {
        const next = chunks.next()
        await turn()
        clock.pass(900)
        stream.write('a')
        await next
        passed++
      }
    }
    await expect(dripping()).rejects.toThrow(TooSlow)
    expect(passed).toBe(5)
  })

  test('may wait for our disk as long as it takes', async () => {
    const [stream, clock] = [new PassThrough(), standingClock()]
    const chunks = paced(stream, clock, PACE)
    for (let count = 0; count < 20; count++) {
      stream.write('a')
      expect((await chunks.next()).done).toBe(false)
      clock.pass(60_000)
    }
    stream.end()
    expect((await chunks.next()).done).toBe(true)
  })

  test('that breaks off says why', async () => {
    const stream = new PassThrough()
    const chunks = paced(stream, standingClock(), PACE)
    const next = chunks.next()
    stream.destroy(new RangeError('gone'))
    await expect(next).rejects.toThrow(RangeError)
  })

  test('that is given up by its reader leaves the stream open', async () => {
    const stream = new PassThrough()
    stream.write('a')
    for await (const _ of paced(stream, standingClock(), PACE)) break
    await turn()
    expect(stream.destroyed).toBe(false)
  })
})

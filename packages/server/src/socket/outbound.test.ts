import { EventEmitter } from 'node:events'
import type { Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { WebSocket } from 'ws'
import { type Backlog, Outbound } from './outbound.ts'
import { WireFrame } from './wire-frame.ts'

const MIB = 1024 * 1024

/** Characters in the head of a frame of that many. */
const HEAD = 10

/** A socket whose kernel takes nothing until the test says so. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1
  readyState = 1
  writableLength = 0
  /** What each write was. */
  readonly sent: Buffer[] = []
  closing: { code: number; reason: string | undefined } | undefined
  terminated = false
  #callbacks: (() => void)[] = []

  write(bytes: Buffer, callback?: () => void): void {
    this.sent.push(bytes)
    this.writableLength += bytes.length
    if (callback) this.#callbacks.push(callback)
  }

  close(code: number, reason?: string): void {
    if (this.readyState !== 1) return
    this.readyState = 2
    this.closing = { code, reason }
  }

  terminate(): void {
    this.terminated = true
    this.readyState = 3
    this.emit('close')
  }

  drain(): void {
    this.writableLength = 0
    for (const callback of this.#callbacks.splice(0)) callback()
  }
}

function setUp() {
  const socket = new FakeSocket()
  const dirty = new Set<Outbound>()
  const told: string[] = []
  const backlog: Backlog = {
    tooSlow: () => {
      told.push('too slow')
      outbound.close(4001)
    },
    congested: (congested) => told.push(congested ? 'congested' : 'relieved'),
  }
  const outbound: Outbound = new Outbound(socket as unknown as WebSocket, socket as unknown as Writable, dirty, backlog)
  return { socket, dirty, told, outbound }
}

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

describe('Outbound', () => {
  test('writes all frames of a turn together, in their order', () => {
    const { socket, dirty, outbound } = setUp()
    outbound.send('a')
    outbound.send('b', true)
    expect(socket.sent).toEqual([])
    expect([...dirty]).toEqual([outbound])
    outbound.flush()
    expect(socket.sent).toEqual([Buffer.from('\x81\x01a\x81\x01b', 'latin1')])
    outbound.flush()
    expect(socket.sent).toHaveLength(1)
  })

  test('a reader with more than 1 MiB of events in the buffer has fallen behind: once, and the rest is dropped', () => {
    const { socket, told, outbound } = setUp()
    outbound.send('x'.repeat(MIB + 1))
    outbound.flush()
    expect(told).toEqual(['congested'])
    outbound.send('next')
    outbound.flush()
    expect(told).toEqual(['congested', 'too slow'])
    expect(socket.closing?.code).toBe(4001)
    outbound.send('more')
    outbound.flush()
    expect(told).toEqual(['congested', 'too slow'])
    expect(socket.sent).toHaveLength(1)
  })

  test('more than 4 MiB of events in one turn are too many without a look at the buffer', () => {
    const { socket, told, outbound } = setUp()
    for (let sent = 0; sent < 5; sent++) outbound.send('x'.repeat(MIB))
    expect(told).toEqual(['too slow'])
    expect(socket.sent).toEqual([])
  })

  test('what was asked for does not make a reader slow; it congests', () => {
    const { socket, told, outbound } = setUp()
    outbound.send('x'.repeat(20 * MIB), true)
    outbound.flush()
    expect(told).toEqual(['congested'])
    outbound.send('an event')
    outbound.flush()
    expect(socket.sent).toHaveLength(2)
    socket.drain()
    expect(told).toEqual(['congested', 'relieved'])
  })

  test('events beside what was asked for count as ever', () => {
    const { socket, told, outbound } = setUp()
    outbound.send('x'.repeat(2 * MIB), true)
    outbound.send('x'.repeat(MIB + 1))
    outbound.flush()
    outbound.send('next')
    outbound.flush()
    expect(told).toContain('too slow')
    expect(socket.closing?.code).toBe(4001)
  })

  test('each answer is forgiven when it got away, and not before', () => {
    const { socket, told, outbound } = setUp()
    outbound.send('x'.repeat(MIB / 2 - HEAD), true)
    outbound.flush()
    expect(told).toEqual([])
    outbound.send('y', true)
    expect(told).toEqual(['congested'])
    socket.drain()
    expect(told).toEqual(['congested', 'relieved'])
    outbound.flush()
    socket.drain()
    outbound.send('x'.repeat(MIB / 2 - HEAD), true)
    expect(told).toEqual(['congested', 'relieved'])
  })

  test('events that pile up hold up whoever does not read them, before they are too many', () => {
    const { socket, told, outbound } = setUp()
    for (const expected of [[], ['congested']]) {
      outbound.send('x'.repeat(MIB / 2 - HEAD))
      outbound.flush()
      expect(told).toEqual(expected)
    }
    socket.drain()
    expect(told).toEqual(['congested', 'relieved'])
  })

  test('closing writes what waits first, and cuts off a peer that does not answer in 5 seconds', () => {
    const { socket, outbound } = setUp()
    outbound.send('last words')
    outbound.close(4000, '250')
    expect(socket.sent).toEqual([new WireFrame('last words').bytes])
    expect(socket.closing).toEqual({ code: 4000, reason: '250' })
    vi.advanceTimersByTime(4999)
    expect(socket.terminated).toBe(false)
    vi.advanceTimersByTime(1)
    expect(socket.terminated).toBe(true)
  })

  test('closing again and again waits for the peer once', () => {
    const { socket, outbound } = setUp()
    for (let times = 0; times < 20; times++) outbound.close(4002)
    expect([socket.listenerCount('close'), socket.closing?.code]).toEqual([1, 4002])
  })

  test('a peer that answers is not cut off', () => {
    const { socket, outbound } = setUp()
    outbound.close(4000)
    socket.readyState = 3
    socket.emit('close')
    vi.advanceTimersByTime(10_000)
    expect(socket.terminated).toBe(false)
  })

  test('nothing is written to a connection that closes', () => {
    const { socket, dirty, outbound } = setUp()
    outbound.close(4000)
    dirty.clear()
    outbound.send('late')
    expect(dirty.size).toBe(0)
    outbound.flush()
    expect(socket.sent).toEqual([])
  })
})

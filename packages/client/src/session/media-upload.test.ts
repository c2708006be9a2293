import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../connection/clock.ts'
import type { MediaContent } from '../media-content.ts'
import { type Ship, type Shipment, Uploads } from './media-upload.ts'

const FILE: MediaContent = { blob: new Blob(['hello']), contentType: 'text/plain', filename: null, category: 'media' }
const STORED = { status: 201, text: '{"sid":"ME"}' }
const EXPIRED = { status: 401, text: '{"code":20104,"message":"too late","status":401}' }

/** Uploads whose answers a test gives, on a clock that it moves. */
function setUp() {
  let heard = () => {}
  const timers = new Set<() => void>()
  const clock: Clock = {
    now: () => 0,
    after(_, run) {
      timers.add(run)
      heard()
      return () => timers.delete(run)
    },
  }
  const present = { token: 'first', identity: 'alice', isConnected: false }
  const shipments: (Shipment & { answer: (as: Awaited<ReturnType<Ship>> | Error) => void })[] = []
  const ship: Ship = (shipment) =>
    new Promise((resolve, reject) => {
      shipments.push({ ...shipment, answer: (as) => (as instanceof Error ? reject(as) : resolve(as)) })
      heard()
    })
  const wanted: number[] = []
  const uploads = new Uploads({
    url: 'http://server/v1/media',
    ship,
    clock,
    random: () => 0,
    makeKey: () => 'a key',
    signedIn: () => present,
    isConnected: () => present.isConnected,
    needToken: ({ code }) => {
      wanted.push(code)
      heard()
    },
  })
  /** Waits until something holds; it is looked at whenever something happens. */
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      heard = () => holds() && resolve()
      heard()
    })
  const attempt = (number: number) => until(() => shipments.length >= number)
  const paused = () => until(() => timers.size > 0)
  const endPauses = () => {
    for (const run of [...timers]) {
      timers.delete(run)
      run()
    }
  }
  const controller = new AbortController()
  const begin = (file = FILE) => uploads.upload(file, { signal: controller.signal, owner: 'alice' })
  return { uploads, present, shipments, timers, wanted, until, attempt, paused, endPauses, begin, controller }
}

const LOST = new Error('there was no answer')
const tokenOf = ({ headers }: Shipment) => headers.authorization
const keyOf = ({ headers }: Shipment) => headers['idempotency-key']

describe('an upload', () => {
  test('without a server is tried again under its key, and waiting leaves nothing behind', async () => {
    const { shipments, timers, attempt, paused, endPauses, begin } = setUp()
    const outcome = begin()
    for (let number = 1; number <= 15; number++) {
      await attempt(number)
      shipments.at(-1)?.answer(LOST)
      await paused()
      endPauses()
    }
    await attempt(16)
    const [first] = shipments
    expect(first && getEventListeners(first.signal as never, 'abort')).toEqual([])
    shipments.at(-1)?.answer(STORED)
    expect(await outcome).toEqual({ sid: 'ME' })
    expect([new Set(shipments.map(keyOf)), timers.size]).toEqual([new Set(['a key']), 0])
  })

  test('that never gets an answer though the server is there is given up', async () => {
    const { present, shipments, timers, attempt, paused, endPauses, begin } = setUp()
    present.isConnected = true
    const outcome = begin().catch((error) => error)
    for (let number = 1; number <= 10; number++) {
      await attempt(number)
      shipments.at(-1)?.answer(LOST)
      if (number < 10) await paused()
      endPauses()
    }
    expect(await outcome).toMatchObject({ name: 'ConversaError', code: 20503, retry: 'later' })
    expect([shipments.length, timers.size]).toEqual([10, 0])
  })

  test.each(['<html>', '', 'null', '{}', '[]'])(
    'that something in between answers with 201 and %j rejects with a typed error',
    async (text) => {
      const { shipments, attempt, begin } = setUp()
      const outcome = begin().catch((error) => error)
      await attempt(1)
      shipments[0]?.answer({ status: 201, text })
      expect(await outcome).toMatchObject({ name: 'ConversaError', code: 20500, status: 201 })
    },
  )

  test('sends a name that is not well formed as one that is', async () => {
    const { shipments, attempt, begin } = setUp()
    const outcome = begin({ ...FILE, filename: 'a\ud800b\u{1f600}' })
    await attempt(1)
    shipments[0]?.answer(STORED)
    await outcome
    expect(shipments[0]?.headers['content-disposition']).toBe("attachment; filename*=UTF-8''a%EF%BF%BDb%F0%9F%98%80")
  })

  test('waits for another token when its own is refused, and does not try the same one twice', async () => {
    const { uploads, present, shipments, wanted, until, attempt, begin } = setUp()
    const both = Promise.all([begin(), begin()])
    await attempt(2)
    for (const shipment of shipments) shipment.answer(EXPIRED)
    await until(() => wanted.length === 2)
    present.token = 'second'
    uploads.tokenChanged()
    await attempt(4)
    for (const shipment of shipments.slice(2)) shipment.answer(STORED)
    await both
    expect(shipments.map(tokenOf)).toEqual(['Bearer first', 'Bearer first', 'Bearer second', 'Bearer second'])
  })

  test('that pauses goes on as soon as there is a session again', async () => {
    const { uploads, shipments, timers, attempt, paused, begin } = setUp()
    const outcome = begin()
    await attempt(1)
    shipments[0]?.answer(LOST)
    await paused()
    uploads.tokenChanged()
    await attempt(2)
    shipments[1]?.answer(STORED)
    expect([await outcome, timers.size]).toEqual([{ sid: 'ME' }, 0])
  })

  test('goes on at once when there is another token already', async () => {
    const { present, shipments, wanted, attempt, begin } = setUp()
    const outcome = begin()
    await attempt(1)
    present.token = 'second'
    shipments[0]?.answer(EXPIRED)
    await attempt(2)
    shipments[1]?.answer(STORED)
    await outcome
    expect([shipments.map(tokenOf), wanted]).toEqual([['Bearer first', 'Bearer second'], []])
  })

  test('never goes out for somebody else, whatever it waits for', async () => {
    const { uploads, present, shipments, wanted, until, attempt, paused, endPauses, begin } = setUp()
    const outcomes = Promise.all([begin(), begin(), begin()].map((each) => each.catch(({ code }) => code)))
    await attempt(3)
    shipments[0]?.answer(LOST)
    await paused()
    shipments[1]?.answer(EXPIRED)
    await until(() => wanted.length === 1)
    present.identity = 'bob'
    present.token = 'second'
    uploads.tokenChanged()
    endPauses()
    shipments[2]?.answer(STORED)
    expect(await outcomes).toEqual([51207, 51207, 51207])
    expect(shipments.length).toBe(3)
  })

  test.each(['under way', 'pausing', 'waiting for a token'])(
    'that is %s rejects when it is called off, and at the end',
    async (where) => {
      for (const [end, code] of [
        ['cancel', 51306],
        ['close', 51130],
      ] as const) {
        const { uploads, shipments, timers, wanted, until, attempt, paused, begin, controller } = setUp()
        const outcome = begin().catch((error) => error.code)
        await attempt(1)
        if (where === 'pausing') {
          shipments[0]?.answer(LOST)
          await paused()
        } else if (where === 'waiting for a token') {
          shipments[0]?.answer(EXPIRED)
          await until(() => wanted.length === 1)
        }
        shipments[0]?.signal.addEventListener('abort', () => shipments[0]?.answer(LOST))
        if (end === 'cancel') controller.abort()
        else uploads.close()
        expect([await outcome, timers.size, shipments.length]).toEqual([code, 0, 1])
      }
    },
  )
})

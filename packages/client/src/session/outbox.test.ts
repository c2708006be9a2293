import type { ErrorBody, Request } from '@conversa/protocol'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../connection/clock.ts'
import { Outbox } from './outbox.ts'
import { Requests } from './requests.ts'

const ROOM = `CH${'0'.repeat(32)}`
const OTHER = `CH${'1'.repeat(32)}`

const NEVER: ErrorBody = { code: 50107, message: 'no', status: 403, retry: 'never' }
const LATER: ErrorBody = { code: 20503, message: 'not now', status: 503, retry: 'later' }
const SIGN_IN: ErrorBody = { code: 20104, message: 'too late', status: 401, retry: 'after-sign-in' }

interface Sent {
  readonly id: number
  readonly type: Request['type']
  readonly body?: string
  readonly again?: boolean
  readonly key?: string
}

/** An outbox with a clock that is moved by hand. */
function setUp() {
  const timers: { at: number; run: () => void }[] = []
  let now = 0
  let keys = 0
  const clock: Clock = {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => void timers.splice(timers.indexOf(timer), 1)
    },
  }
  const wantedTokens: number[] = []
  const outbox = new Outbox({
    clock,
    random: () => 0,
    makeKey: () => `key ${++keys}`,
    needToken: ({ code }) => wantedTokens.push(code),
  })
  const pass = (ms: number) => {
    now += ms
    for (const timer of timers.filter(({ at }) => at <= now)) {
      timers.splice(timers.indexOf(timer), 1)
      timer.run()
    }
  }
  /** Begins a session, and gives what is sent in it. */
  const connect = (identity = 'alice') => {
    const sent: Sent[] = []
    const requests = new Requests((text) => sent.push(JSON.parse(text)))
    outbox.started(requests, identity)
    outbox.flush()
    const lose = () => {
      outbox.lost()
      requests.lost()
    }
    const answer = (at: number, outcome: { result: unknown } | { error: ErrorBody }) =>
      requests.answered(sent[at]?.id ?? null, outcome)
    return { sent, lose, answer, bodies: () => sent.map(({ body }) => body) }
  }
  const send = (body: string, conversationSid = ROOM) => outbox.command({ type: 'message.send', conversationSid, body })
  return { outbox, connect, send, pass, wantedTokens }
}

/** How a promise ended, as a value. */
const outcomeOf = (promise: Promise<unknown>) =>
  promise.then(
    (result) => ({ result }),
    ({ code }) => ({ code }),
  )

describe('what is asked for', () => {
  test('without a connection waits, and is sent in the order of its making', async () => {
    const { connect, send } = setUp()
    const promises = ['a', 'b', 'c'].map((body) => send(body))
    const { sent, answer, bodies } = connect()
    expect(bodies()).toEqual(['a', 'b', 'c'])
    expect(new Set(sent.map(({ key }) => key)).size).toBe(3)
    sent.forEach((_, at) => void answer(at, { result: { index: at } }))
    expect(await Promise.all(promises)).toEqual([{ index: 0 }, { index: 1 }, { index: 2 }])
  })

  test('with a connection is sent without waiting for answers', () => {
    const { connect, send } = setUp()
    const { bodies } = connect()
    for (const body of ['a', 'b']) send(body).catch(() => {})
    expect(bodies()).toEqual(['a', 'b'])
  })

  test('and was not answered is sent again with the same key, before anything newer', () => {
    const { connect, send } = setUp()
    const first = connect()
    for (const body of ['a', 'b', 'c']) send(body).catch(() => {})
    first.answer(1, { result: { index: 1 } })
    first.lose()
    send('d').catch(() => {})
    const { sent, bodies } = connect()
    expect(bodies()).toEqual(['a', 'c', 'd'])
    expect(sent.slice(0, 2).map(({ key }) => key)).toEqual([first.sent[0]?.key, first.sent[2]?.key])
    expect([...first.sent, ...sent].map(({ again }) => again)).toEqual([...Array(3), true, true, undefined])
  })

  test('is refused for whoever signs in as somebody else, and never sent for them', async () => {
    const { connect, send } = setUp()
    const first = connect('alice')
    const outcome = outcomeOf(send('a secret'))
    first.lose()
    const { bodies } = connect('bob')
    expect(await outcome).toEqual({ code: 51207 })
    expect(bodies()).toEqual([])
  })

  test('is refused beyond 10,000, and all of it is settled at the end', async () => {
    const { outbox, send } = setUp()
    const outcomes = Array.from({ length: 10_000 }, (_, at) => outcomeOf(send(`text ${at}`)))
    expect(await outcomeOf(send('one too many'))).toEqual({ code: 20429 })
    outbox.close()
    expect(new Set((await Promise.all(outcomes)).map((outcome) => JSON.stringify(outcome)))).toEqual(new Set(['{"code":51130}']))
    expect(await outcomeOf(send('after the end'))).toEqual({ code: 51130 })
  })
})

describe('what is refused', () => {
  test('for good rejects, and the rest goes on', async () => {
    const { connect, send } = setUp()
    const { answer } = connect()
    const outcomes = [outcomeOf(send('a')), outcomeOf(send('b'))]
    answer(0, { error: NEVER })
    answer(1, { result: { index: 0 } })
    expect(await Promise.all(outcomes)).toEqual([{ code: 50107 }, { result: { index: 0 } }])
  })

  test('for now is sent again after a pause, and nothing newer of its conversation before', () => {
    const { connect, send, pass } = setUp()
    const { answer, bodies, sent } = connect()
    send('a').catch(() => {})
    answer(0, { error: LATER })
    send('b').catch(() => {})
    send('elsewhere', OTHER).catch(() => {})
    expect(bodies()).toEqual(['a', 'elsewhere'])
    pass(249)
    expect(bodies()).toEqual(['a', 'elsewhere'])
    pass(1)
    expect(bodies()).toEqual(['a', 'elsewhere', 'a', 'b'])
    expect(sent[2]?.key).toBe(sent[0]?.key)
  })

  test('for now ten times rejects', async () => {
    const { connect, send, pass } = setUp()
    const { answer, sent } = connect()
    const outcome = outcomeOf(send('a'))
    for (let at = 0; at < 10; at++) {
      answer(at, { error: LATER })
      pass(60_000)
    }
    expect(sent).toHaveLength(10)
    expect(await outcome).toEqual({ code: 20503 })
  })

  test('for want of a token asks for one, and is sent again when it is there', () => {
    const { outbox, connect, send, wantedTokens } = setUp()
    const { answer, bodies } = connect()
    send('a').catch(() => {})
    answer(0, { error: SIGN_IN })
    expect([wantedTokens, bodies()]).toEqual([[20104], ['a']])
    outbox.flush()
    expect(bodies()).toEqual(['a', 'a'])
  })
})

describe('a query', () => {
  const query = { type: 'conversation.get', conversationSid: ROOM } as const

  test('has no key, is asked again on the next connection, and does not hold commands up', () => {
    const { outbox, connect, send } = setUp()
    const first = connect()
    outbox.query(query).catch(() => {})
    first.answer(0, { error: LATER })
    send('a').catch(() => {})
    expect(first.bodies()).toEqual([undefined, 'a'])
    first.lose()
    const { sent } = connect()
    expect(sent.map(({ type }) => type)).toEqual(['message.send'])
    expect(first.sent[0]).not.toHaveProperty('key')
  })

  test('that is bound to a connection rejects with its end, and without one', async () => {
    const { outbox, connect } = setUp()
    expect(await outcomeOf(outbox.boundQuery(query))).toEqual({ code: 20503 })
    const { lose } = connect()
    const outcome = outcomeOf(outbox.boundQuery(query))
    lose()
    expect(await outcome).toEqual({ code: 20503 })
    expect(connect().sent).toEqual([])
  })
})

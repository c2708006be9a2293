import { describe, expect, onTestFinished, test } from 'vitest'
import { ACCOUNTS, startInProcess } from '../end-to-end/in-process-server.ts'
import { backEndOf } from '../rest/back-end.ts'
import { call, type RawCall } from '../rest/raw-call.ts'
import { HandClock } from '../scenarios/hand-clock.ts'
import { pendingIs, pendingOf } from './pending.ts'
import { Receiver } from './receiver.ts'

const LETTERS = '/conversa/v1/DeadLetters'
const TOLD = { xTwilioWebhookEnabled: 'true' as const }

interface Letter {
  readonly id: number
  readonly event_id: string
  readonly webhook_sid: string
  readonly [name: string]: unknown
}
interface LetterPage {
  readonly dead_letters: readonly Letter[]
  readonly next: number | null
}

/** A server whose webhook refuses what it is told until it is mended. */
async function begin() {
  const clock = new HandClock()
  const server = await startInProcess({ clock })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const receiver = await Receiver.begin()
  receiver.answer = ({ fields }) => ({ status: fields.Body?.startsWith('bad') ? 500 : 200 })
  const { v1 } = backEndOf(server).conversations
  const { sid } = await v1.conversations.create()
  const listenTo = (url: string) =>
    v1
      .conversations(sid)
      .webhooks.create({ target: 'webhook', 'configuration.url': url, 'configuration.filters': ['onMessageAdded'] })
  const webhook = await listenTo(receiver.url)
  const say = (body: string) => v1.conversations(sid).messages.create({ body, ...TOLD })
  const rowsAre = (check: Parameters<typeof pendingIs>[1]) => pendingIs(server, check)
  /** Says what is refused until the server gives it up. */
  const die = async (body: string) => {
    const before = (await pendingOf(server)).length
    await say(body)
    for (let tries = 1; tries <= 20; tries++) {
      await rowsAre((found) => expect(found[before]?.attempts).toBe(tries))
      clock.advance(600_000)
    }
    await rowsAre((found) => expect(found[before]?.dead).toBe(true))
  }
  const list = async (query = '', options: RawCall = {}) =>
    (await call(server, 'GET', LETTERS + query, options)).body as LetterPage
  const none = () => rowsAre((found) => expect(found).toEqual([]))
  return { server, clock, receiver, sid, webhook, say, die, list, listenTo, none, rowsAre }
}

describe('dead letters', () => {
  test('are listed without what was written, and shown one by one with it', async () => {
    const { server, die, list, receiver, webhook, sid } = await begin()
    expect(await list()).toEqual({ dead_letters: [], next: null })
    await die('bad news')
    const { dead_letters: letters } = await list()
    expect(letters).toEqual([
      {
        id: expect.any(Number),
        kind: 'webhook',
        event_id: receiver.received[0]?.headers['webhook-id'],
        event_type: 'onMessageAdded',
        webhook_sid: webhook.sid,
        subject_sid: sid,
        url: receiver.url,
        method: 'POST',
        attempts: 20,
        date_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
    ])
    const { status, body } = await call(server, 'GET', `${LETTERS}/${letters[0]?.id}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ ...letters[0], fields: { Body: 'bad news', ConversationSid: sid } })
  })

  test('come in pages, and those of one webhook by themselves', async () => {
    const { die, list, listenTo, webhook } = await begin()
    for (const body of ['bad 1', 'bad 2', 'bad 3']) await die(body)
    const first = await list('?PageSize=2')
    expect(first.dead_letters).toHaveLength(2)
    const second = await list(`?PageSize=2&After=${first.next}`)
    expect(second.dead_letters).toHaveLength(1)
    expect(second.next).toBeNull()
    const all = [...first.dead_letters, ...second.dead_letters].map(({ id }) => id)
    expect(all).toEqual([...all].sort((a, b) => a - b))
    const other = await listenTo('http://127.0.0.1:1/')
    expect((await list(`?WebhookSid=${webhook.sid}`)).dead_letters).toHaveLength(3)
    expect((await list(`?WebhookSid=${other.sid}`)).dead_letters).toHaveLength(0)
  })

  test('arrive under their first event id when one is replayed, and are letters no more', async () => {
    const { server, die, list, receiver, none } = await begin()
    await die('bad')
    const [letter] = (await list()).dead_letters
    receiver.answer = () => ({ status: 200 })
    receiver.received.length = 0
    const { status } = await call(server, 'POST', `${LETTERS}/${letter?.id}/Replay`)
    expect(status).toBe(202)
    const [again] = await receiver.has(1)
    expect(again?.headers['webhook-id']).toBe(letter?.event_id)
    expect(again?.fields).toMatchObject({ Body: 'bad', RetryCount: '0' })
    await none()
    expect((await call(server, 'POST', `${LETTERS}/${letter?.id}/Replay`)).status).toBe(404)
  })

  test('are told before what waits behind them, which need not end its pause first', async () => {
    const { server, clock, die, say, receiver, none, rowsAre } = await begin()
    await die('bad 1')
    await say('bad 2')
    await rowsAre((found) => expect(found[1]?.attempts).toBe(1))
    receiver.answer = () => ({ status: 200 })
    receiver.received.length = 0
    expect((await call(server, 'POST', `${LETTERS}/Replay`)).body).toEqual({ replayed: 1 })
    // The clock stands: only what is due now arrives.
    await rowsAre((found) => expect(found).toEqual([{ attempts: 1, dead: false }]))
    expect(receiver.received.map(({ fields }) => fields.Body)).toEqual(['bad 1'])
    clock.advance(1000)
    await none()
    expect(receiver.received.map(({ fields }) => fields.Body)).toEqual(['bad 1', 'bad 2'])
  })

  test('are replayed all at once, those of one webhook where it is named', async () => {
    const { server, die, receiver, none, webhook, list } = await begin()
    for (const body of ['bad 1', 'bad 2', 'bad 3']) await die(body)
    receiver.answer = () => ({ status: 200 })
    receiver.received.length = 0
    const replay = async (form: Record<string, string>) => (await call(server, 'POST', `${LETTERS}/Replay`, { form })).body
    expect(await replay({ WebhookSid: `WH${'0'.repeat(32)}` })).toEqual({ replayed: 0 })
    expect(await replay({ WebhookSid: webhook.sid })).toEqual({ replayed: 3 })
    await receiver.has(3)
    await none()
    expect(receiver.received.map(({ fields }) => fields.Body)).toEqual(['bad 1', 'bad 2', 'bad 3'])
    expect((await list()).dead_letters).toEqual([])
  })

  test('are nobody else’s', async () => {
    const { server, die, list } = await begin()
    await die('bad')
    const [letter] = (await list()).dead_letters
    const [, other] = ACCOUNTS
    const foreign: RawCall = { credentials: [other.sid, other.authToken] }
    expect(await list('', foreign)).toEqual({ dead_letters: [], next: null })
    expect((await call(server, 'GET', `${LETTERS}/${letter?.id}`, foreign)).status).toBe(404)
    expect((await call(server, 'POST', `${LETTERS}/${letter?.id}/Replay`, foreign)).status).toBe(404)
    expect((await call(server, 'POST', `${LETTERS}/Replay`, foreign)).body).toEqual({ replayed: 0 })
    expect((await list()).dead_letters).toHaveLength(1)
  })

  test.each([
    ['GET', `${LETTERS}?PageSize=0`, 400],
    ['GET', `${LETTERS}?PageSize=501`, 400],
    ['GET', `${LETTERS}?After=-1`, 400],
    ['GET', `${LETTERS}?WebhookSid=CH${'1'.repeat(32)}`, 400],
    ['GET', `${LETTERS}/0`, 404],
    ['GET', `${LETTERS}/1e3`, 404],
    ['GET', `${LETTERS}/99999999999999999999`, 404],
    ['POST', `${LETTERS}/7/Replay`, 404],
    ['DELETE', LETTERS, 405],
    ['GET', '/conversa/v1/Nothing', 404],
  ])('%s %s is answered with %i', async (method, path, status) => {
    const server = await startInProcess()
    onTestFinished(() => server[Symbol.asyncDispose]())
    expect(await call(server, method, path)).toMatchObject({ status, body: { status } })
  })
})

import { CLOSE_CODES } from '@conversa/protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import { SDKS } from '../every-sdk/sdks.ts'
import { backEndOf } from '../rest/back-end.ts'
import { HandClock } from '../scenarios/hand-clock.ts'
import { type Answer, Receiver } from '../webhooks/receiver.ts'
import { ACCOUNTS, SERVICE_SID, startInProcess } from './in-process-server.ts'

/** A server of which a webhook is asked about every message, and answers when it is let. */
async function begin() {
  const receiver = await Receiver.begin()
  const answer = Promise.withResolvers<Answer>()
  receiver.answer = () => answer.promise
  const server = await startInProcess()
  const { v1 } = backEndOf(server).conversations
  const { sid } = await v1.conversations.create({})
  await v1
    .services(SERVICE_SID)
    .configuration.webhooks()
    .update({ preWebhookUrl: receiver.url, filters: ['onMessageAdd'] })
  /** Lets the server end while the webhook is asked, and the webhook answer then. */
  const end = async () => {
    await receiver.has(1)
    const ended = server[Symbol.asyncDispose]()
    answer.resolve({ status: 200 })
    return ended
  }
  return { server, v1, sid, end }
}

describe('a server that is to end answers what it was asked before', () => {
  test.each(SDKS)('by a client of $name', async (sdk) => {
    const { server, v1, sid, end } = await begin()
    await v1.conversations(sid).participants.create({ identity: 'anna' })
    const client = await sdk.create(await server.token('anna'), sdk.options(server.url))
    onTestFinished(() => client.shutdown())
    await sdk.loaded(client)
    const conversation = await client.getConversationBySid(sid)
    const sent = conversation.sendMessage('hello')
    sent.catch(() => {})
    await end()
    expect(await sent).toBe(0)
  })

  test('by REST, and the connection ends with the answer', async () => {
    const { server, sid, end } = await begin()
    const [{ sid: name, authToken }] = ACCOUNTS
    const sent = fetch(`${server.url}/v1/Services/${SERVICE_SID}/Conversations/${sid}/Messages`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${name}:${authToken}`).toString('base64')}`,
        'x-twilio-webhook-enabled': 'true',
      },
      body: new URLSearchParams({ Body: 'hello' }),
    })
    sent.catch(() => {})
    await end()
    const answer = await sent
    expect([answer.status, answer.headers.get('connection')]).toEqual([201, 'close'])
    expect(await answer.json()).toMatchObject({ index: 0 })
  })
})

test('a server that gives notice of its end is given nobody new by a balancer, and serves on until that is over', async () => {
  const transport = new HandClock()
  const server = await startInProcess({ transport, noticeOfEnd: 3000 })
  const alice = await server.signIn('alice')
  const statusOf = async (path: string) => (await fetch(server.url + path)).status
  expect(await statusOf('/readyz')).toBe(200)
  const given = transport.timerSet((ms) => ms === 3000)
  const ended = server[Symbol.asyncDispose]()
  await given
  expect([await statusOf('/readyz'), await statusOf('/healthz')]).toEqual([503, 200])
  expect(await alice.ask({ type: 'conversation.create' })).toHaveProperty('conversation')
  const bob = await server.signIn('bob')
  transport.advance(3000)
  const code = { code: CLOSE_CODES.goingAway }
  await ended
  expect(await Promise.all([alice.closed, bob.closed])).toMatchObject([code, code])
})

import { systemClock } from '@conversa/server'
import type { Conversation, Message, Participant } from '@twilio/conversations'
import twilio from 'twilio'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { nextOf, recordOf } from '../every-sdk/events.ts'
import { VENDORS } from '../every-sdk/sdks.ts'
import { World as SdkWorld } from '../every-sdk/world.ts'
import { backEndOf, refusalOf } from '../rest/back-end.ts'
import { call } from '../rest/raw-call.ts'
import { Device } from '../scenarios/device.ts'
import { HandClock } from '../scenarios/hand-clock.ts'
import { World } from '../scenarios/world.ts'
import { Receiver } from '../webhooks/receiver.ts'
import { ACCOUNTS, startInProcess } from './in-process-server.ts'

const [ACCOUNT] = ACCOUNTS
const PER_SECOND = { rates: { service: 4, conversation: 2 } }

/** A server whose time stands still until it is moved. */
async function restServer() {
  const clock = new HandClock()
  const server = await startInProcess({ clock, limits: PER_SECOND })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const { v1 } = backEndOf(server).conversations
  const { sid } = await v1.conversations.create()
  const say = (body: string) => v1.conversations(sid).messages.create({ body })
  return { clock, server, v1, sid, say }
}

describe('a back end that is too fast', () => {
  test('is refused with 429, 20429 and the seconds to wait, and nothing has happened', async () => {
    const { server, v1, sid, say, clock } = await restServer()
    await say('in')
    await say('in')
    expect(await refusalOf(say('out'))).toMatchObject({ status: 429, code: 20429 })
    const path = `/v1/Conversations/${sid}/Messages`
    const { status, headers, body } = await call(server, 'POST', path, { form: { Body: 'out' } })
    expect([status, headers.get('retry-after')]).toEqual([429, '1'])
    expect(body).toEqual({ code: 20429, status: 429, message: expect.any(String), more_info: expect.any(String) })
    expect((await v1.conversations(sid).messages.list()).map((message) => message.body)).toEqual(['in', 'in'])
    clock.advance(500)
    await say('in')
    expect((await refusalOf(say('out'))).status).toBe(429)
  })

  test('may read as much as it likes, and write elsewhere', async () => {
    const { v1, sid, say } = await restServer()
    for (let at = 0; at < 2; at++) await say('in')
    for (let at = 0; at < 20; at++) await v1.conversations(sid).fetch()
    const other = await v1.conversations.create()
    await v1.conversations(other.sid).messages.create({ body: 'in' })
  })

  test('is refused per service too', async () => {
    const { v1 } = await restServer()
    for (let at = 0; at < 3; at++) await v1.conversations.create()
    expect(await refusalOf(v1.conversations.create())).toMatchObject({ status: 429, code: 20429 })
    expect(await refusalOf(v1.users.create({ identity: 'anna' }))).toMatchObject({ status: 429, code: 20429 })
  })

  test('gets through with the retries of its own library', async () => {
    const server = await startInProcess({ limits: { rates: { conversation: 20 } } })
    onTestFinished(() => server[Symbol.asyncDispose]())
    const client = twilio(ACCOUNT.sid, ACCOUNT.authToken, { autoRetry: true, maxRetries: 20 })
    client.conversations.baseUrl = server.url
    const { sid } = await client.conversations.v1.conversations.create()
    const { messages } = client.conversations.v1.conversations(sid)
    await Promise.all(Array.from({ length: 30 }, (_, at) => messages.create({ body: `${at}` })))
    expect(await messages.list()).toHaveLength(30)
  })

  test('may repeat a request with its key when there is room again', async () => {
    const { server, sid, say, clock, v1 } = await restServer()
    await say('in')
    await say('in')
    const repeat = () =>
      call(server, 'POST', `/v1/Conversations/${sid}/Messages`, { form: { Body: 'x' }, headers: { 'idempotency-key': 'k' } })
    expect((await repeat()).status).toBe(429)
    clock.advance(1000)
    const [first, second] = [await repeat(), await repeat()]
    expect([first.status, second.body]).toEqual([201, first.body])
    expect(await v1.conversations(sid).messages.list()).toHaveLength(3)
  })

  test('is not asked about by a webhook when it is refused', async () => {
    const { v1, sid } = await restServer()
    const receiver = await Receiver.begin()
    await v1.configuration.webhooks().update({ preWebhookUrl: receiver.url, filters: ['onMessageAdd'] })
    const say = () => v1.conversations(sid).messages.create({ body: 'x', xTwilioWebhookEnabled: 'true' })
    await say()
    await say()
    expect((await refusalOf(say())).status).toBe(429)
    expect(receiver.received).toHaveLength(2)
  })
})

describe('a client of our SDK that is too fast', () => {
  test('waits as long as the server says, and then everything arrives in its order', async () => {
    const clock = new HandClock()
    const world = await World.begin({ clock, limits: PER_SECOND })
    const device = await Device.ready(world, 'alice', { isHandMoved: true })
    const conversation = await device.client.createConversation()
    await conversation.join()
    clock.advance(1000)
    // Room for one more comes after half a second, and a pause of a quarter to half a second comes on top.
    const waits = device.clock.timerSet((ms) => ms >= 750 && ms <= 1000)
    const sent = ['1', '2', '3'].map((body) => conversation.sendMessage(body))
    expect(await Promise.all(sent.slice(0, 2))).toEqual([0, 1])
    await waits
    clock.advance(500)
    device.clock.advance(1000)
    expect(await sent[2]).toBe(2)
    const { items } = await conversation.getMessages()
    expect(items.map(({ body }) => body)).toEqual(['1', '2', '3'])
  })

  test('gets a burst through by itself', async () => {
    const world = await World.begin({ limits: { rates: { conversation: 20 } } })
    const client = await world.client('alice')
    const conversation = await client.createConversation()
    await conversation.join()
    const indexes = await Promise.all(Array.from({ length: 30 }, (_, at) => conversation.sendMessage(`${at}`)))
    expect([...indexes].sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 30 }, (_, at) => at))
  })
})

describe.each(VENDORS)('a client of the vendor ($name) that is too fast', (sdk) => {
  test('is told 429 with the documented code, and goes on afterwards', async () => {
    const clock = new HandClock()
    const world = await SdkWorld.begin(sdk, { clock, transport: systemClock, limits: PER_SECOND })
    const alice = await world.client('alice')
    const conversation = await alice.createConversation()
    await conversation.join()
    // What is there when the client has loaded is no news to it.
    await conversation.getMessages(1)
    clock.advance(1000)
    await conversation.sendMessage('in')
    await conversation.sendMessage('in')
    const refusal = await conversation.sendMessage('out').then(
      () => undefined,
      (error) => error,
    )
    expect(sdk.codeOf(refusal)).toBe(50063)
    if (sdk.name !== '1.1.0') expect(refusal).toMatchObject({ status: 429, body: { status: 429 } })
    clock.advance(500)
    const told = nextOf<Message>(conversation as Conversation, 'messageAdded', ({ body }) => body === 'later')
    await conversation.sendMessage('later')
    expect((await told).index).toBe(2)
  })

  test('tells of typing once in two seconds, whatever its own pace', async () => {
    const clock = new HandClock()
    const world = await SdkWorld.begin(sdk, { clock, transport: systemClock })
    const { alices, bobs } = await world.room()
    await bobs.getParticipants()
    const heard = recordOf(bobs, { typingStarted: ({ identity }: Participant) => identity, messageAdded: () => 'message' })
    const raw = await world.server.signIn('alice')
    for (let at = 0; at < 5; at++) await raw.ask({ type: 'typing.start', conversationSid: alices.sid })
    await vi.waitFor(() => expect(heard).toHaveLength(1), { timeout: 10_000 })
    // Another door, the same rule: nothing more is told, then somebody writes.
    await alices.typing()
    await alices.sendMessage('typed')
    await vi.waitFor(() => expect(heard.at(-1)).toEqual(['messageAdded', 'message']), { timeout: 10_000 })
    expect(heard.filter(([name]) => name === 'typingStarted')).toEqual([['typingStarted', 'alice']])
    await raw.close()
  })
})

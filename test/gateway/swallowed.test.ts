import { once } from 'node:events'
import { Network, type Passing } from 'conversa'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { nextOf } from '../every-sdk/events.ts'
import { type Conversation, type Sdk, VENDORS } from '../every-sdk/sdks.ts'
import { backEndOf } from '../rest/back-end.ts'
import { HandClock } from '../scenarios/hand-clock.ts'
import { Application } from './coming-back.ts'
import { RawTwilsock } from './raw-twilsock.ts'

/* A packet does not arrive, and the connection lives on: no network of today does that, but what stands in between may. */

/** Milliseconds after which the vendor's client takes a request for lost, and we a packet. */
const LOST = 30_000
const CREATED = 201

/** Somebody with a network of their own, who follows a conversation. */
async function begin(sdk: Sdk) {
  const server = await startInProcess()
  onTestFinished(() => server[Symbol.asyncDispose]())
  const service = backEndOf(server).conversations.v1.services(SERVICE_SID)
  const { sid } = await service.conversations.create()
  await service.conversations(sid).participants.create({ identity: 'alice' })
  const say = (body: string) => service.conversations(sid).messages.create({ body })
  const network = await Network.begin(server.url)
  onTestFinished(() => network.close())
  const application = await Application.begin(sdk, await server.token('alice'), network.url)
  const conversation = await application.followed(sid, say)
  const told = () => (application.heard.get(sid) ?? []).map(([, body]) => body)
  /** The next notification of a kind does not arrive. */
  const swallow = (kind: string) =>
    network.once(({ frame }) => (frame?.payload as { event_type?: string } | undefined)?.event_type === kind, 'swallow')
  return { service, sid, say, network, application, conversation, told, swallow }
}

describe.each(VENDORS)('the vendor’s SDK $name, unmodified', (sdk) => {
  test('is told what did not arrive, as soon as something later did', async () => {
    const { say, application, told, swallow, network } = await begin(sdk)
    const lost = swallow('list_item_added')
    const heard = application.hears('swallowed')
    await Promise.all([lost, say('swallowed')])
    await heard
    expect(told()).toEqual(['follow me', 'swallowed'])
    expect(network.connections).toBe(2)
  })

  test('follows what it was not told that it follows', async () => {
    const { service, swallow, application } = await begin(sdk)
    const { sid } = await service.conversations.create()
    const joined = nextOf<Conversation>(application.client, 'conversationJoined')
    const lost = swallow('subscription_established')
    await service.conversations(sid).participants.create({ identity: 'alice' })
    await lost
    const conversation = await joined
    // Rejects while the connection is made anew.
    await vi.waitFor(() => conversation.getMessages(1), { timeout: 30_000, interval: 10 })
    const heard = application.hears('heard')
    await service.conversations(sid).messages.create({ body: 'heard' })
    await heard
  })

  test('knows what a conversation has become, though it was not told at first', async () => {
    const { service, sid, say, application, conversation, swallow } = await begin(sdk)
    const updated = nextOf(conversation, 'updated')
    await Promise.all([swallow('document_updated'), service.conversations(sid).update({ friendlyName: 'swallowed' })])
    const heard = application.hears('next')
    await say('next')
    await Promise.all([updated, heard])
    expect(conversation.friendlyName).toBe('swallowed')
  })
})

const WAYS = [
  { what: 'a request', direction: 'up' },
  { what: 'an answer', direction: 'down' },
] as const

/** Somebody sends, and the request or its answer does not arrive. */
async function sendsOnce(sdk: Sdk, { what, direction }: (typeof WAYS)[number]): Promise<void> {
  const { service, sid, say, network, application, conversation, told } = await begin(sdk)
  const isOfSend = ({ frame }: Passing) =>
    direction === 'up' ? frame?.method === 'message' : (frame?.http_status as { code?: number } | undefined)?.code === CREATED
  const lost = network.once((passing) => passing.direction === direction && isOfSend(passing), 'swallow')
  const sending = application.send(conversation, 'mine')
  await lost
  await sending
  const heard = application.hears('the end')
  await say('the end')
  await heard
  const messages = await service.conversations(sid).messages.list()
  for (const found of [told(), messages.map(({ body }) => body)]) {
    expect(found, `${sdk.name} without ${what}`).toEqual(['follow me', 'mine', 'the end'])
  }
}

test('every version goes on when a request or an answer does not arrive, and what it sends is there once', {
  timeout: 120_000,
}, async () => {
  // At the same time: each waits for half a minute.
  await Promise.all(VENDORS.flatMap((sdk) => WAYS.map((way) => sendsOnce(sdk, way))))
})

test('a packet that nobody acknowledges for long ends the connection, so that the client comes back and asks', async () => {
  const clock = new HandClock()
  const server = await startInProcess({ transport: clock })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const raw = await RawTwilsock.connect(server.url)
  await raw.call('init', { token: await server.token('alice') })
  const map = `${Buffer.from('alice').toString('base64url')}.my_conversations`
  const requests = [{ object_sid: map, object_type: 'map', last_event_id: 0 }]
  await raw.ask('POST', '/v4/Subscriptions', { action: 'establish', correlation_id: 1, requests })
  await raw.next(({ header }) => header.method === 'notification')
  const closed = once(raw.socket, 'close')
  clock.advance(LOST)
  expect((await closed)[0]).toBe(4001)
})

import { createTestServer, type TestServer } from 'conversa'
import { expect, onTestFinished, test } from 'vitest'
import { backEndOf } from '../rest/back-end.ts'
import { next, record } from '../scenarios/world.ts'
import { Receiver } from '../webhooks/receiver.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

async function begin(options: Parameters<typeof createTestServer>[0] = {}) {
  const server = await createTestServer(options)
  onTestFinished(() => server.close())
  const { v1 } = backEndOf(server, apiOf(server)).conversations
  return { server, v1 }
}

const apiOf = ({ accountSid: sid, authToken, serviceSid }: TestServer) => ({ sid, authToken, serviceSid }) as never

/** A conversation of Anna's with timers, as her client sees it. */
async function timed({ server, v1 }: Awaited<ReturnType<typeof begin>>) {
  const anna = await server.client('anna')
  const { sid } = await v1.conversations.create({ 'timers.inactive': 'PT10M', 'timers.closed': 'PT1H' })
  const joined = next(anna, 'conversationJoined')
  await v1.conversations(sid).participants.create({ identity: 'anna' })
  return { anna, conversation: await joined, api: v1.conversations(sid) }
}

test('goes on by itself, and by what it is put ahead', async () => {
  const { server } = await begin()
  expect(Math.abs(server.now() - Date.now())).toBeLessThan(1000)
  await server.advance(HOUR)
  expect(server.now() - Date.now()).toBeGreaterThanOrEqual(HOUR)
  await expect(server.advance(-1)).rejects.toThrow('must be 0 or more')
})

test('lets conversations go inactive and closed, each at its time, and their clients have heard of it', async () => {
  const stage = await begin()
  const { conversation, api } = await timed(stage)
  const states = record(conversation, {
    updated: ({ conversation: { state } }) => [state?.current, state?.dateUpdated?.getTime()],
  })
  const began = stage.server.now()
  await stage.server.advance(9 * MINUTE)
  expect(states).toEqual([])
  await stage.server.advance(24 * HOUR)
  expect(states.map(([, state]) => (state as [string])[0])).toEqual(['inactive', 'closed'])
  const [inactive, closed] = states.map(([, state]) => (state as [string, number])[1] - began)
  expect(Math.abs(inactive as number) - 10 * MINUTE).toBeLessThan(2000)
  expect(Math.abs(closed as number) - HOUR).toBeLessThan(2000)
  expect(await api.fetch()).toMatchObject({ state: 'closed' })
})

test('ends tokens: a client that renews them stays connected for days', async () => {
  const { server } = await begin()
  const anna = await server.client('anna', { ttl: 600 })
  const told = record(anna, { tokenAboutToExpire: () => '', tokenExpired: () => '', connectionStateChanged: (state) => state })
  await server.advance(24 * HOUR)
  expect(new Set(told.map(([name]) => name))).toEqual(new Set(['tokenAboutToExpire']))
  expect(told.length).toBeGreaterThan(100)
  expect(anna.connectionState).toBe('connected')
})

test('ends tokens: a client that does not renew is told twice, and is out', async () => {
  const { server } = await begin()
  const anna = await server.client('anna', { renews: false })
  const told = record(anna, { tokenAboutToExpire: () => 'soon', tokenExpired: () => 'now' })
  await server.advance(HOUR - 4 * MINUTE)
  expect(told).toEqual([])
  await server.advance(2 * MINUTE)
  expect(told.map(([name]) => name)).toEqual(['tokenAboutToExpire'])
  await server.advance(2 * MINUTE)
  expect(told.map(([name]) => name)).toEqual(['tokenAboutToExpire', 'tokenExpired'])
  expect(anna.connectionState).toBe('denied')
  await anna.updateToken(await server.token('anna'))
  await next(anna, 'connectionStateChanged', (state) => state === 'connected')
})

test('tells webhooks again when their pause is over, in order, and what they caused has been told too', async () => {
  const { server, v1 } = await begin()
  const receiver = await Receiver.begin()
  receiver.answer = () => ({ status: 500 })
  const { sid } = await v1.conversations.create()
  await v1
    .conversations(sid)
    .webhooks.create({ target: 'webhook', 'configuration.url': receiver.url, 'configuration.filters': ['onMessageAdded'] })
  for (const body of ['one', 'two']) await v1.conversations(sid).messages.create({ body, xTwilioWebhookEnabled: 'true' })
  await server.settled()
  expect(receiver.received.map(({ fields }) => fields.Body)).toEqual(['one'])
  // The pauses are one second, two, four.
  await server.advance(7000)
  expect(receiver.received.map(({ fields }) => [fields.Body, fields.RetryCount])).toEqual([
    ['one', '0'],
    ['one', '1'],
    ['one', '2'],
    ['one', '3'],
  ])
  receiver.answer = () => ({ status: 200 })
  await server.advance(HOUR)
  expect(receiver.received.slice(4).map(({ fields }) => fields.Body)).toEqual(['one', 'two'])
})

test('does not take a client for silent that is there', async () => {
  const { server } = await begin()
  const anna = await server.client('anna')
  const states = record(anna, { connectionStateChanged: (state) => state })
  for (let day = 0; day < 3; day++) await server.advance(24 * HOUR)
  await anna.createConversation({ uniqueName: 'still here' })
  expect(states).toEqual([])
})

test('waits for nobody who cannot be reached', async () => {
  const stage = await begin()
  const { anna, conversation } = await timed(stage)
  const states = record(conversation, { updated: ({ conversation: { state } }) => state?.current })
  stage.server.network(anna).hold('up', 'down')
  await stage.server.advance(HOUR)
  expect(states).toEqual([])
  const closed = next(conversation, 'updated', ({ conversation: { state } }) => state?.current === 'closed')
  stage.server.network(anna).heal()
  await closed
})

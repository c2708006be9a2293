import type { Client, Conversation } from '@conversa/client'
import { createTestServer } from 'conversa'
import { expect, onTestFinished, test } from 'vitest'
import { backEndOf, refusalOf } from '../rest/back-end.ts'
import { next, record } from '../scenarios/world.ts'

const connected = async (client: Client) => {
  if (client.connectionState !== 'connected') await next(client, 'connectionStateChanged', (state) => state === 'connected')
}

const bodies = async (conversation: Conversation) => (await conversation.getMessages()).items.map(({ body }) => body)

/** Anna and Bela in a conversation, as each of them sees it. */
async function room() {
  const server = await createTestServer()
  onTestFinished(() => server.close())
  const [anna, bela] = [await server.client('anna'), await server.client('bela')]
  const annas = await anna.createConversation({ uniqueName: 'lunch' })
  await annas.join()
  const joined = next(bela, 'conversationJoined')
  await annas.add('bela')
  return { server, anna, bela, annas, belas: await joined }
}

test('a client that is cut off gets all that it missed when it comes back, and sends what it was to send', async () => {
  const { server, anna, annas, belas } = await room()
  const network = server.network(anna)
  network.partition()
  await next(anna, 'connectionStateChanged', (state) => state === 'connecting')
  const sent = annas.sendMessage('from afar')
  await belas.sendMessage('are you there?')
  network.heal()
  await sent
  expect(await bodies(annas)).toEqual(['are you there?', 'from afar'])
  expect(await bodies(belas)).toEqual(['are you there?', 'from afar'])
})

test.each([
  ['is lost', 'loseAnswer'],
  ['comes twice', 'duplicateAnswer'],
] as const)('when an answer %s, a message is there once', async (_, fault) => {
  const { server, anna, annas, belas } = await room()
  const heard = record(belas, { messageAdded: ({ body }) => body })
  const happened = server.network(anna)[fault]('message.send')
  expect(await annas.sendMessage('once')).toBe(0)
  await happened
  expect(await annas.sendMessage('more')).toBe(1)
  await server.settled()
  expect(heard.map(([, body]) => body)).toEqual(['once', 'more'])
  expect(await bodies(annas)).toEqual(['once', 'more'])
})

test('what is dropped is asked for again when the connection is made anew', async () => {
  const { server, anna, annas, belas } = await room()
  const network = server.network(anna)
  network.drop('down')
  await belas.sendMessage('lost on the way')
  await server.settled()
  const heard = next(annas, 'messageAdded')
  network.cut()
  network.heal()
  expect((await heard).body).toBe('lost on the way')
})

test('a slow network is waited for', async () => {
  const { server, bela, annas, belas } = await room()
  const heard = record(belas, { messageAdded: ({ body }) => body })
  server.network(bela).delay = 50
  await annas.sendMessage('slowly')
  await server.settled()
  expect(heard).toEqual([['messageAdded', 'slowly']])
})

test('after a restart everything is there, and clients come back', async () => {
  const { server, anna, bela, annas, belas } = await room()
  await annas.sendMessage('before')
  const gone = Promise.all(
    [anna, bela].map((client) => next(client, 'connectionStateChanged', (state) => state === 'connecting')),
  )
  await server.stop()
  await gone
  const sent = annas.sendMessage('meanwhile')
  await server.start()
  await sent
  await connected(bela)
  expect(await bodies(belas)).toEqual(['before', 'meanwhile'])
  await server.restart()
  await connected(anna)
  expect(await bodies(annas)).toEqual(['before', 'meanwhile'])
})

test('timers of conversations outlive a restart', async () => {
  const { server, annas } = await room()
  const account = { sid: server.accountSid, authToken: server.authToken, serviceSid: server.serviceSid } as never
  const api = backEndOf(server, account).conversations.v1.conversations(annas.sid)
  await api.update({ 'timers.closed': 'PT1H' })
  await server.restart()
  await server.advance(3_600_000)
  expect(await api.fetch()).toMatchObject({ state: 'closed' })
  expect(await refusalOf(annas.sendMessage('too late'))).toMatchObject({ code: 50377 })
})

test('a client of another making gets a network of its own', async () => {
  const { server } = await room()
  const network = await server.openNetwork()
  expect(network.url).not.toBe(server.url)
  expect(await (await fetch(`${network.url}/healthz`)).json()).toEqual({ status: 'ok' })
  network.partition()
  await expect(fetch(`${network.url}/healthz`)).rejects.toThrow()
})

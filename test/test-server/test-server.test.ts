import { createTestServer } from 'conversa'
import { expect, test } from 'vitest'
import { backEndOf } from '../rest/back-end.ts'
import { next } from '../scenarios/world.ts'

const accountOf = (server: { accountSid: string; authToken: string; serviceSid: string }) =>
  ({ sid: server.accountSid, authToken: server.authToken, serviceSid: server.serviceSid }) as never

test('two people and a back end talk through it', async () => {
  await using server = await createTestServer()
  const [anna, bela] = [await server.client('anna'), await server.client('bela')]
  const { v1 } = backEndOf(server, accountOf(server)).conversations
  const conversation = await anna.createConversation({ uniqueName: 'lunch' })
  await conversation.join()
  const joined = next(bela, 'conversationJoined')
  await v1.conversations('lunch').participants.create({ identity: 'bela' })
  const heard = next(await joined, 'messageAdded')
  await conversation.sendMessage('Soup?')
  expect((await heard).body).toBe('Soup?')
  expect(await v1.services(server.serviceSid).conversations('lunch').messages.list()).toMatchObject([{ body: 'Soup?' }])
})

test('several run side by side and know nothing of each other', async () => {
  await using one = await createTestServer()
  await using other = await createTestServer()
  await (await one.client('anna')).createConversation({ uniqueName: 'lunch' })
  const anna = await other.client('anna')
  await expect(anna.getConversationByUniqueName('lunch')).rejects.toMatchObject({ code: 50350 })
  await expect(fetch(`${one.url}/v1/Conversations`, { headers: basic(other) })).resolves.toMatchObject({ status: 401 })
  await expect(fetch(`${other.url}/v1/Conversations`, { headers: basic(other) })).resolves.toMatchObject({ status: 200 })
})

const basic = ({ accountSid, authToken }: { accountSid: string; authToken: string }) => ({
  authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
})

test('after it was closed nobody listens, its clients are shut down, and nothing keeps the process', async () => {
  const server = await createTestServer()
  const anna = await server.client('anna')
  await server.close()
  expect(anna.connectionState).toBe('disconnected')
  await expect(fetch(server.url)).rejects.toThrow()
  await server.close()
})

test('a port can be asked for, and is refused when it is taken', async () => {
  await using server = await createTestServer()
  const port = Number(new URL(server.url).port)
  await expect(createTestServer({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

test('its log is told line by line to whoever wants it', async () => {
  const lines: string[] = []
  await using server = await createTestServer({ log: (line) => lines.push(line), webhookDeadline: 100 })
  const { v1 } = backEndOf(server, accountOf(server)).conversations
  const { sid } = await v1.conversations.create()
  await v1
    .services(server.serviceSid)
    .configuration.webhooks()
    .update({
      preWebhookUrl: 'http://127.0.0.1:1/',
      filters: ['onMessageAdd'],
      method: 'POST',
    })
  await v1.conversations(sid).messages.create({ body: 'hello', xTwilioWebhookEnabled: 'true' })
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 'warn', msg: 'a webhook gave no answer in time' }])
})

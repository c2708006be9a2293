import { describe, expect, test } from 'vitest'
import { ACCOUNT_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { backEndOf, refusalOf } from '../rest/back-end.ts'
import { call } from '../rest/raw-call.ts'
import { World } from '../scenarios/world.ts'
import { type Answer, Receiver } from './receiver.ts'

const PRE_EVENTS = [
  'onMessageAdd',
  'onMessageUpdate',
  'onMessageRemove',
  'onConversationAdd',
  'onConversationUpdate',
  'onConversationRemove',
  'onParticipantAdd',
  'onParticipantUpdate',
  'onParticipantRemove',
  'onUserUpdate',
]
const TOLD = { xTwilioWebhookEnabled: 'true' as const }

async function begin(options: { filters?: string[]; hookDeadline?: number } = {}) {
  const { filters = PRE_EVENTS, hookDeadline } = options
  const receiver = await Receiver.begin()
  const world = await World.begin(hookDeadline === undefined ? {} : { hookDeadline })
  const { v1 } = backEndOf(world.server).conversations
  const anna = await world.client('anna')
  const room = await anna.createConversation()
  await room.join()
  const { sid } = room
  const hooks = v1.services(SERVICE_SID).configuration.webhooks()
  await hooks.update({ preWebhookUrl: receiver.url, filters })
  const says = (body: object): void => {
    receiver.answer = (): Answer => ({ status: 200, body: JSON.stringify(body) })
  }
  const bodies = async () => (await v1.conversations(sid).messages.list()).map(({ body }) => body)
  return { receiver, world, v1, anna, room, sid, hooks, says, bodies }
}

describe('before a client does something', () => {
  test('a webhook is asked about it, signed, and what it lets through happens', async () => {
    const { receiver, anna, room, bodies } = await begin()
    await room.sendMessage('hello', { a: 1 })
    const [message] = (await room.getMessages()).items
    await message?.updateBody('changed')
    await message?.remove()
    await room.updateFriendlyName('Tea')
    await room.add('ben')
    const [own, ben] = [await room.getParticipantByIdentity('anna'), await room.getParticipantByIdentity('ben')]
    await ben.updateRole(own.roleSid)
    await room.removeParticipant('ben')
    await anna.user.updateFriendlyName('Anna')
    await anna.createConversation({ friendlyName: 'new' })
    expect(receiver.names).toEqual([
      'onMessageAdd',
      'onMessageUpdate',
      'onMessageRemove',
      'onConversationUpdate',
      'onParticipantAdd',
      'onParticipantUpdate',
      'onParticipantRemove',
      'onUserUpdate',
      'onConversationAdd',
    ])
    expect(receiver.received[0]?.fields).toMatchObject({
      Body: 'hello',
      Author: 'anna',
      Attributes: '{"a":1}',
      ConversationSid: room.sid,
      Source: 'SDK',
      ClientIdentity: 'anna',
      RetryCount: '0',
    })
    expect(receiver.received[0]?.fields).not.toHaveProperty('MessageSid')
    expect(await bodies()).toEqual([])
  })

  test('what it changes is what happens', async () => {
    const { says, room, v1, sid, anna } = await begin()
    says({ body: 'better', author: 'the editor', attributes: '{"by":"hook"}', friendly_name: 'left out' })
    await room.sendMessage('bad')
    const [message] = await v1.conversations(sid).messages.list()
    expect(message).toMatchObject({ body: 'better', author: 'the editor', attributes: '{"by":"hook"}' })
    says({ friendly_name: 'Named by a hook', body: 'left out' })
    await room.updateFriendlyName('mine')
    expect((await v1.conversations(sid).fetch()).friendlyName).toBe('Named by a hook')
    expect((await anna.createConversation({ friendlyName: 'mine' })).friendlyName).toBe('Named by a hook')
  })

  test('what it rejects does not happen, and the caller is told', async () => {
    const { receiver, room, bodies, anna, v1 } = await begin()
    for (const status of [403, 500]) {
      receiver.answer = () => ({ status })
      await expect(room.sendMessage('no')).rejects.toMatchObject({ code: 50056, status: 403 })
    }
    await expect(anna.createConversation()).rejects.toMatchObject({ code: 50056 })
    const own = await room.getParticipantByIdentity('anna')
    const other = (await room.getRoles()).find(({ sid }) => sid !== own.roleSid)
    await expect(own.updateRole(String(other?.sid))).rejects.toMatchObject({ code: 50056 })
    await expect(room.leave()).rejects.toMatchObject({ code: 50056 })
    expect(await bodies()).toEqual([])
    expect(await v1.conversations.list()).toHaveLength(1)
  })

  test('what it changes wrongly is reported to the caller', async () => {
    const { says, room, bodies } = await begin()
    says({ attributes: '{' })
    await expect(room.sendMessage('one')).rejects.toMatchObject({ code: 50304 })
    says({ body: 7 })
    await expect(room.sendMessage('one')).rejects.toMatchObject({ code: 20001 })
    says({ body: '' })
    await expect(room.sendMessage('one')).rejects.toMatchObject({ status: 400 })
    expect(await bodies()).toEqual([])
  })

  test('what its answer says to be null stays as it is', async () => {
    const { says, room, anna, bodies } = await begin()
    says({ body: null, author: null, attributes: null, friendly_name: null })
    await room.sendMessage('one', { a: 1 })
    const [message] = (await room.getMessages()).items
    expect(message).toMatchObject({ body: 'one', author: 'anna', attributes: { a: 1 } })
    expect((await anna.createConversation({ friendlyName: 'mine' })).friendlyName).toBe('mine')
    expect(await bodies()).toEqual(['one'])
  })

  test('one that gives no answer in time, or no answer that says anything, lets it through', async () => {
    const { receiver, room, bodies, world } = await begin({ hookDeadline: 50 })
    receiver.answer = () => 'hang'
    await room.sendMessage('one')
    receiver.answer = () => ({ status: 200, body: 'what?' })
    await room.sendMessage('two')
    receiver.answer = () => ({ status: 200 })
    await room.sendMessage('three')
    expect(await bodies()).toEqual(['one', 'two', 'three'])
    expect(world.server.logged.filter((line) => line.includes('50076'))).toHaveLength(1)
  })

  test('the account is asked before the service, and what it changes is what the service is asked about', async () => {
    const { receiver, v1, room, bodies } = await begin()
    const account = { preWebhookUrl: `${receiver.url}/account`, filters: ['onMessageAdd'] }
    await v1.configuration.webhooks().update(account)
    receiver.answer = ({ url, fields }) => ({ status: 200, body: JSON.stringify({ body: `${fields.Body} ${url}` }) })
    await room.sendMessage('one')
    expect(receiver.received.map(({ fields }) => fields.Body)).toEqual(['one', 'one /account'])
    expect(await bodies()).toEqual(['one /account /'])
  })

  test('nobody is asked about what would be refused, about what the filters leave out, or once it is taken away', async () => {
    const { receiver, room, hooks } = await begin({ filters: ['onMessageUpdate'] })
    await room.sendMessage('one')
    await expect(room.updateAttributes('x'.repeat(20_000))).rejects.toThrow()
    await hooks.update({ filters: PRE_EVENTS })
    await expect(room.updateUniqueName(`CH${'0'.repeat(32)}`)).rejects.toThrow()
    await hooks.update({ preWebhookUrl: '' })
    await room.sendMessage('two')
    expect(receiver.received).toEqual([])
  })

  test('nobody is asked twice about one send, even when it was given another author', async () => {
    const { receiver, says, world, sid, bodies } = await begin()
    says({ author: 'the editor' })
    const raw = await world.server.signIn('anna')
    const send = { type: 'message.send', conversationSid: sid, body: 'one', key: 'k' } as const
    const first = await raw.ask(send)
    expect(await raw.ask(send)).toEqual(first)
    expect([await bodies(), receiver.received.length]).toEqual([['one'], 1])
  })
})

describe('before a back end does something', () => {
  test('a webhook is asked when it wants that, and only then', async () => {
    const { receiver, says, v1, sid, bodies } = await begin()
    says({ body: 'better' })
    await v1.conversations(sid).messages.create({ body: 'one' })
    expect(receiver.received).toEqual([])
    await v1.conversations(sid).messages.create({ body: 'two', ...TOLD })
    expect(await bodies()).toEqual(['one', 'better'])
    expect(receiver.received[0]?.fields).toMatchObject({ Body: 'two', Source: 'API' })
    receiver.answer = () => ({ status: 400 })
    expect(await refusalOf(v1.conversations(sid).remove(TOLD))).toMatchObject({ code: 50056, status: 403 })
    expect(await bodies()).toHaveLength(2)
  })

  test('nothing is named that has no SID yet', async () => {
    const { receiver, v1, world, sid } = await begin()
    await v1.conversationWithParticipants.create({ participant: ['{"identity":"ben"}'], ...TOLD })
    await v1.addressConfigurations.create({ type: 'sms', address: '+15559990000', 'autoCreation.enabled': true })
    const phone = { address: '+15551230001', proxyAddress: '+15559990000', body: 'hi', channelMessageSid: 'SM1' }
    await world.server.core.receive({ sid: ACCOUNT_SID, serviceSid: SERVICE_SID }, phone)
    await v1.conversations(sid).participants.create({ identity: 'ben', ...TOLD })
    expect(receiver.names).toEqual([
      'onConversationAdd',
      'onParticipantAdd',
      'onConversationAdd',
      'onParticipantAdd',
      'onMessageAdd',
      'onParticipantAdd',
    ])
    const named = receiver.received.map(({ fields }) =>
      Object.values(fields).filter((value) => /^(CH|MB|IM|US)[0-9a-f]{32}$/.test(value)),
    )
    expect(named).toEqual([[], [], [], [], [], [sid]])
  })

  test('a request that is repeated gets the first answer, a rejection too, and nobody is asked again', async () => {
    const { receiver, world, sid } = await begin()
    receiver.answer = () => ({ status: 400 })
    const headers = { 'idempotency-key': 'k', 'x-twilio-webhook-enabled': 'true' }
    const again = () => call(world.server, 'POST', `/v1/Conversations/${sid}/Messages`, { headers, form: { Body: 'one' } })
    const first = await again()
    receiver.answer = () => ({ status: 200 })
    expect(await again()).toEqual(first)
    expect([first.status, receiver.received.length]).toEqual([403, 1])
  })
})

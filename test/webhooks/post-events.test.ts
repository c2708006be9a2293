import { createHmac } from 'node:crypto'
import { systemClock } from '@conversa/server'
import { describe, expect, test } from 'vitest'
import { ACCOUNT_SID, ACCOUNTS, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { backEndOf } from '../rest/back-end.ts'
import { World } from '../scenarios/world.ts'
import { Receiver } from './receiver.ts'

const POST_EVENTS = [
  'onMessageAdded',
  'onMessageUpdated',
  'onMessageRemoved',
  'onConversationAdded',
  'onConversationUpdated',
  'onConversationRemoved',
  'onConversationStateUpdated',
  'onParticipantAdded',
  'onParticipantUpdated',
  'onParticipantRemoved',
  'onUserAdded',
  'onUserUpdated',
  'onDeliveryUpdated',
]

async function begin({ filters = POST_EVENTS, method = 'POST' } = {}) {
  const receiver = await Receiver.begin()
  const world = await World.begin()
  const { v1 } = backEndOf(world.server).conversations
  const hooks = v1.services(SERVICE_SID).configuration.webhooks()
  await hooks.update({ postWebhookUrl: `${receiver.url}/after?x=1`, filters, method })
  return { receiver, world, v1, hooks }
}

const token = ACCOUNTS[0].authToken
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const TOLD = { xTwilioWebhookEnabled: 'true' as const }

describe('what a client does', () => {
  test('is told in order, signed, with every field', async () => {
    const { receiver, world } = await begin()
    const anna = await world.client('anna')
    const room = await anna.createConversation({ friendlyName: 'Tea', attributes: { a: 'é' } })
    await room.join()
    await room.sendMessage('hé llo & more', { k: 1 })
    const [message] = (await room.getMessages()).items
    await message?.updateBody('changed')
    await message?.remove()
    await room.updateFriendlyName('Coffee')
    await room.leave()
    const received = await receiver.has(8)
    const ofRoom = received.filter(({ fields }) => fields.ConversationSid === room.sid)
    expect(ofRoom.map(({ fields }) => fields.EventType)).toEqual([
      'onConversationAdded',
      'onParticipantAdded',
      'onMessageAdded',
      'onMessageUpdated',
      'onMessageRemoved',
      'onConversationUpdated',
      'onParticipantRemoved',
    ])
    for (const request of received) {
      expect(receiver.isSigned(request, token)).toBe(true)
      expect(receiver.isSigned(request, 'another token')).toBe(false)
      expect(request.fields).toMatchObject({ AccountSid: ACCOUNT_SID, Source: 'SDK', ClientIdentity: 'anna', RetryCount: '0' })
      expect(request.url).toBe('/after?x=1')
      const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = request.headers
      const expected = createHmac('sha256', token).update(`${id}.${at}.${request.body}`).digest('base64')
      expect(signature).toBe(`v1,${expected}`)
    }
    const fieldsOf = (name: string) => received.find(({ fields }) => fields.EventType === name)?.fields
    const dated = expect.stringMatching(ISO)
    expect(fieldsOf('onUserAdded')).toMatchObject({ ChatServiceSid: SERVICE_SID, Identity: 'anna', DateCreated: dated })
    expect(fieldsOf('onConversationAdded')).toMatchObject({
      FriendlyName: 'Tea',
      Attributes: '{"a":"é"}',
      ChatServiceSid: SERVICE_SID,
      State: 'active',
      DateCreated: dated,
      DateUpdated: dated,
    })
    const said = { MessageSid: message?.sid, Index: '0', Author: 'anna', Attributes: '{"k":1}', DateCreated: dated }
    const joined = fieldsOf('onParticipantAdded')
    expect(joined).toMatchObject({ Identity: 'anna', 'MessagingBinding.Type': 'CHAT', RoleSid: expect.stringMatching(/^RL/) })
    expect(fieldsOf('onMessageAdded')).toMatchObject({ ...said, Body: 'hé llo & more', ParticipantSid: joined?.ParticipantSid })
    expect(fieldsOf('onMessageUpdated')).toMatchObject({ ...said, Body: 'changed', DateUpdated: dated })
    expect(fieldsOf('onMessageRemoved')).toMatchObject({ ...said, Body: 'changed', DateRemoved: dated })
    expect(fieldsOf('onConversationUpdated')).toMatchObject({ FriendlyName: 'Coffee' })
    expect(fieldsOf('onParticipantRemoved')).toMatchObject({ ParticipantSid: joined?.ParticipantSid, DateRemoved: dated })
  })

  test('is told of too where it is reading, and where a carrier reports', async () => {
    const { receiver, world } = await begin({ filters: ['onParticipantUpdated', 'onDeliveryUpdated', 'onParticipantAdded'] })
    const room = await (await world.client('anna')).createConversation()
    await room.join()
    const { sid } = await room.addNonChatParticipant('+15559990000', '+15551230001')
    await room.sendMessage('hello')
    await room.updateLastReadMessageIndex(0)
    const report = { participantSid: sid, channelMessageSid: 'SM1', status: 'undelivered', errorCode: 30003 } as const
    const backEnd = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' } as const
    await world.server.core.submit(backEnd, {
      about: {},
      command: () => ({ type: 'receipt.record', conversationSid: room.sid, index: 0, ...report }),
      isTold: true,
    })
    const received = await receiver.has(4)
    expect(receiver.names).toEqual(['onParticipantAdded', 'onParticipantAdded', 'onParticipantUpdated', 'onDeliveryUpdated'])
    expect(received[1]?.fields).toMatchObject({
      'MessagingBinding.Type': 'SMS',
      'MessagingBinding.Address': '+15551230001',
      'MessagingBinding.ProxyAddress': '+15559990000',
    })
    expect(received[1]?.fields).not.toHaveProperty('Identity')
    expect(received[2]?.fields).toMatchObject({ Identity: 'anna', LastReadMessageIndex: '0' })
    expect(received[3]?.fields).toMatchObject({
      ParticipantSid: sid,
      Status: 'undelivered',
      ErrorCode: '30003',
      ChannelMessageSid: 'SM1',
    })
  })

  test('is told of where somebody gives a role, as where a back end does', async () => {
    const { receiver, world, v1 } = await begin({ filters: ['onParticipantUpdated'] })
    const room = await (await world.client('anna')).createConversation()
    await room.join()
    await room.add('ben')
    const [anna, ben] = (await room.getParticipants()).map(({ roleSid, sid }) => ({ roleSid, sid }))
    await (await room.getParticipantByIdentity('ben')).updateRole(String(anna?.roleSid))
    const participant = v1.conversations(room.sid).participants(String(ben?.sid))
    await participant.update({ roleSid: String(ben?.roleSid), ...TOLD })
    await participant.update({ roleSid: String(anna?.roleSid), ...TOLD })
    const [by, , back] = await receiver.has(3)
    const { ClientIdentity, Source, DateUpdated: _at, ...told } = by?.fields ?? {}
    expect([ClientIdentity, Source]).toEqual(['anna', 'SDK'])
    expect(told).toMatchObject({ EventType: 'onParticipantUpdated', Identity: 'ben', RoleSid: anna?.roleSid })
    expect(back?.fields).toMatchObject(told)
  })

  test('is told of only as the filters say', async () => {
    const { receiver, world } = await begin({ filters: ['onMessageRemoved'] })
    const anna = await world.client('anna')
    const room = await anna.createConversation()
    await room.join()
    await room.sendMessage('one')
    await (await room.getMessages()).items[0]?.remove()
    await receiver.has(1)
    expect(receiver.names).toEqual(['onMessageRemoved'])
  })

  test('is told in the query where the method is GET', async () => {
    const { receiver, world } = await begin({ filters: ['onConversationAdded'], method: 'GET' })
    const room = await (await world.client('anna')).createConversation({ friendlyName: 'a b' })
    const [request] = await receiver.has(1)
    expect(request).toMatchObject({ method: 'GET', body: '', fields: { x: '1', FriendlyName: 'a b', ConversationSid: room.sid } })
    expect(request && receiver.isSigned(request, token)).toBe(true)
  })

  test.each(['', '?x=1', '/ü?q=ü', "/it's?it's", '/a/../b', '/%c3%bc?q=%27'])('is signed as it is sent to …%s', async (place) => {
    const { receiver, hooks, world } = await begin({ filters: ['onConversationAdded'] })
    for (const method of ['POST', 'GET']) {
      await hooks.update({ postWebhookUrl: receiver.url + place, method })
      await (await world.client('anna')).createConversation({ friendlyName: "it's ü" })
    }
    const all = await receiver.has(2)
    expect(all.map((request) => receiver.isSigned(request, token))).toEqual([true, true])
  })
})

describe('what a back end does', () => {
  test('is told when it wants it, and only then', async () => {
    const { receiver, v1 } = await begin()
    const silent = await v1.conversations.create({ friendlyName: 'silent' })
    const room = await v1.conversations.create({ friendlyName: 'loud', ...TOLD })
    await v1.conversations(room.sid).participants.create({ identity: 'ben' })
    await v1.conversations(room.sid).messages.create({ body: 'hello', author: 'ben', ...TOLD })
    await v1.conversations(room.sid).update({ state: 'inactive', ...TOLD })
    await v1.users('ben').update({ friendlyName: 'Ben', ...TOLD })
    await v1.conversations(room.sid).remove(TOLD)
    await v1.conversations(silent.sid).remove()
    const received = await receiver.has(6)
    const ofRoom = received.filter(({ fields }) => fields.ConversationSid === room.sid)
    expect(ofRoom.map(({ fields }) => fields.EventType)).toEqual([
      'onConversationAdded',
      'onMessageAdded',
      'onConversationUpdated',
      'onConversationStateUpdated',
      'onConversationRemoved',
    ])
    expect(ofRoom[3]?.fields).toMatchObject({ StateFrom: 'active', StateTo: 'inactive', Reason: 'API' })
    expect(receiver.names).toContain('onUserUpdated')
    for (const { fields } of received) {
      expect(fields.Source).toBe('API')
      expect(fields).not.toHaveProperty('ClientIdentity')
    }
    expect(received.some(({ fields }) => fields.ConversationSid === silent.sid)).toBe(false)
  })
})

test('timers are told as such, and a message that wakes a conversation too', async () => {
  let ahead = 0
  const receiver = await Receiver.begin()
  const world = await World.begin({ clock: { ...systemClock, now: () => systemClock.now() + ahead } })
  const { v1 } = backEndOf(world.server).conversations
  const hooks = v1.services(SERVICE_SID).configuration.webhooks()
  await hooks.update({
    postWebhookUrl: `${receiver.url}/after`,
    filters: ['onConversationStateUpdated', 'onConversationUpdated'],
  })
  const { sid } = await v1.conversations.create({ 'timers.inactive': 'PT1M', 'timers.closed': 'PT10M' })
  ahead = 61_000
  await receiver.has(1)
  await v1.conversations(sid).messages.create({ body: 'awake', ...TOLD })
  await receiver.has(2)
  ahead += 601_000
  const told = await receiver.has(4)
  expect(told.map(({ fields }) => [fields.EventType, fields.StateFrom, fields.StateTo, fields.Reason])).toEqual([
    ['onConversationStateUpdated', 'active', 'inactive', 'TIMER'],
    ['onConversationStateUpdated', 'inactive', 'active', 'EVENT'],
    ['onConversationStateUpdated', 'active', 'inactive', 'TIMER'],
    ['onConversationStateUpdated', 'inactive', 'closed', 'TIMER'],
  ])
})

test('what comes to be with people in it is told to be ready when all of it is there', async () => {
  const { receiver, world, v1 } = await begin()
  const participant = [JSON.stringify({ identity: 'anna' }), JSON.stringify({ identity: 'ben' })]
  const made = await v1.conversationWithParticipants.create({ participant, ...TOLD })
  await v1.addressConfigurations.create({ type: 'sms', address: '+15559990000', 'autoCreation.enabled': true })
  const account = { sid: ACCOUNT_SID, serviceSid: SERVICE_SID }
  const inbound = { address: '+15551230001', proxyAddress: '+15559990000', body: 'hi' }
  const group = { ...inbound, others: ['+15551230002'], channelMessageSid: 'SM1' }
  const begun = await world.server.core.receive(account, group)
  const alone = await world.server.core.receive(account, { ...inbound, channelMessageSid: 'SM2' })
  // Two users come to be as well.
  const received = await receiver.has(15)
  const toldOf = (sid: unknown) =>
    received.filter(({ fields }) => fields.ConversationSid === sid).map(({ fields }) => fields.EventType)
  const sidOf = (answer: object | undefined) => (answer as { conversationSid: string }).conversationSid
  const people = (count: number) => Array.from({ length: count }, () => 'onParticipantAdded')
  const [beginning, ready] = ['onConversationAdded', 'onConversationStateUpdated']
  expect(toldOf(made.sid)).toEqual([beginning, ...people(2), ready])
  expect(toldOf(sidOf(begun))).toEqual([beginning, ...people(3), 'onMessageAdded', ready])
  expect(toldOf(sidOf(alone))).toEqual([beginning, ...people(1), 'onMessageAdded'])
  const states = received.filter(({ fields }) => fields.EventType === ready).map(({ fields }) => fields)
  const moved = { StateFrom: 'initializing', StateTo: 'active', Reason: 'EVENT' }
  expect(states).toMatchObject([moved, moved])
})

describe('who hears', () => {
  test('is the account, the service and the conversation, each with the same id, and nobody of another tenant', async () => {
    const { receiver, world, v1 } = await begin({ filters: ['onMessageAdded'] })
    await v1.configuration.webhooks().update({ postWebhookUrl: `${receiver.url}/account`, filters: ['onMessageAdded'] })
    const foreign = backEndOf(world.server, ACCOUNTS[1]).conversations.v1
    await foreign.configuration.webhooks().update({ postWebhookUrl: `${receiver.url}/foreign`, filters: POST_EVENTS })
    const anna = await world.client('anna')
    const [room, other] = [await anna.createConversation(), await anna.createConversation()]
    await room.join()
    await other.join()
    const { webhooks } = v1.conversations(room.sid)
    const url = `${receiver.url}/room`
    await webhooks.create({ target: 'webhook', 'configuration.url': url, 'configuration.filters': ['onMessageAdded'] })
    await webhooks.create({ target: 'trigger', 'configuration.url': `${receiver.url}/help`, 'configuration.triggers': ['help'] })
    await room.sendMessage('one')
    await room.sendMessage('please HELP')
    await other.sendMessage('help')
    const received = await receiver.has(9)
    const at = (path: string) => received.filter((request) => request.url.startsWith(path))
    expect(at('/room').map(({ fields }) => fields.Body)).toEqual(['one', 'please HELP'])
    expect(at('/help').map(({ fields }) => fields.Body)).toEqual(['please HELP'])
    expect([at('/account').length, at('/after').length, at('/foreign').length]).toEqual([3, 3, 0])
    const ids = received.filter(({ fields }) => fields.Body === 'one').map(({ headers }) => headers['webhook-id'])
    expect([ids.length, new Set(ids).size]).toEqual([3, 1])
  })
})

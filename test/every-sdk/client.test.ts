import { expect } from 'vitest'
import { SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { backEndOf, template } from '../rest/back-end.ts'
import { nextOf, recordOf } from './events.ts'
import type { Conversation, Message } from './sdks.ts'
import { everySdk } from './world.ts'

/** What a connection is like that ended for want of a token: each vendor's word for it. */
const ENDED = ['denied', 'disconnected']

everySdk('Client.create, Client.shutdown, Client.connectionStateChanged', 'connects, and ends the connection', async (world) => {
  const { Client, options, loaded } = world.sdk
  const alice = await Client.create(await world.server.token('alice'), options(world.server.url))
  await loaded(alice)
  expect(alice.connectionState).toBe('connected')
  expect([alice.user.identity, alice.version]).toEqual(['alice', expect.stringMatching(/^\d+\.\d+\.\d+/)])
  const ended = nextOf(alice, 'connectionStateChanged', (state) => state === 'disconnected')
  await alice.shutdown()
  await ended
  expect(alice.connectionState).toBe('disconnected')
})

everySdk('Client.initialized, Client.stateChanged', 'says when it can be used', async (world) => {
  const client = world.begun(await world.server.token('alice'))
  await Promise.all([nextOf(client, 'initialized'), nextOf(client, 'stateChanged', (state) => state === 'initialized')])
  expect((await client.getSubscribedConversations()).items).toEqual([])
})

everySdk('Client.connectionError', 'says that there is no connection, and that it tries again', async (world) => {
  const alice = await world.client('alice', world.network.url)
  const told = nextOf(alice, 'connectionError')
  world.network.partition()
  expect(await told).toMatchObject({ terminal: false, message: expect.any(String) })
})

everySdk('Client.initFailed', 'says that it cannot be used', async (world) => {
  const client = world.begun('no.real.token')
  await nextOf(client, 'initFailed')
})

everySdk('Client.updateToken, Client.tokenAboutToExpire', 'goes on with another token', async (world) => {
  const { alices } = await world.room()
  const carol = await world.client('carol')
  const told = nextOf(carol, 'tokenAboutToExpire')
  await carol.updateToken(await world.server.token('carol', SERVICE_SID, 2))
  await told
  await carol.updateToken(await world.server.token('carol'))
  const joined = nextOf<Conversation>(carol, 'conversationJoined')
  await alices.add('carol')
  expect((await joined).sid).toBe(alices.sid)
})

everySdk(
  'Client.tokenExpired',
  'says when a token has expired',
  async (world) => {
    const alice = await world.client('alice')
    const told = nextOf(alice, 'tokenExpired')
    await alice.updateToken(await world.server.token('alice', SERVICE_SID, 2))
    await told
  },
  { times: { expiryLeeway: 0 } },
)

everySdk(
  'Client.tokenExpired, Client.updateToken',
  'is whole again with another token, when its application was slower than the old one',
  async (world) => {
    const { alices } = await world.room()
    const carol = await world.client('carol')
    const heard = recordOf(carol, { tokenAboutToExpire: () => '', tokenExpired: () => '' })
    const gone = nextOf<string>(carol, 'connectionStateChanged', (state) => ENDED.includes(state))
    await carol.updateToken(await world.server.token('carol', SERVICE_SID, 2))
    await gone
    expect(heard.map(([name]) => name)).toEqual(['tokenAboutToExpire', 'tokenExpired'])
    const joined = nextOf<Conversation>(carol, 'conversationJoined')
    await alices.add('carol')
    await carol.updateToken(await world.server.token('carol'))
    expect((await joined).sid).toBe(alices.sid)
  },
  { times: { expiryLeeway: 0 } },
)

everySdk(
  'Client.createConversation, Client.conversationAdded, Client.getConversationBySid, Client.getConversationByUniqueName',
  'makes conversations, and finds them by their names',
  async (world) => {
    const alice = await world.client('alice')
    const added = nextOf<Conversation>(alice, 'conversationAdded')
    const made = await alice.createConversation({ friendlyName: 'Lunch', uniqueName: 'lunch', attributes: { topic: 'food' } })
    expect((await added).sid).toBe(made.sid)
    expect(made).toMatchObject({ friendlyName: 'Lunch', uniqueName: 'lunch', createdBy: 'alice', status: 'notParticipating' })
    expect([await made.getAttributes(), made.dateCreated, made.state?.current]).toEqual([
      { topic: 'food' },
      expect.any(Date),
      'active',
    ])
    await made.join()
    expect((await alice.getConversationBySid(made.sid)).sid).toBe(made.sid)
    expect((await alice.getConversationByUniqueName('lunch')).sid).toBe(made.sid)
    await expect(alice.getConversationBySid(`CH${'0'.repeat(32)}`)).rejects.toThrow()
    await expect(alice.getConversationByUniqueName('dinner')).rejects.toThrow()
    expect(await world.refusal(alice.createConversation({ uniqueName: 'lunch' }))).toBe(50353)
  },
)

everySdk('Client.getSubscribedConversations', 'lists the conversations that the user is in', async (world) => {
  const { alice, bob, alices } = await world.room()
  const other = await alice.createConversation()
  await other.join()
  const sids = async ({ getSubscribedConversations }: typeof alice, client: typeof alice) =>
    (await getSubscribedConversations.call(client)).items.map(({ sid }) => sid).sort()
  await expect.poll(() => sids(alice, alice)).toEqual([alices.sid, other.sid].sort())
  expect(await sids(bob, bob)).toEqual([alices.sid])
})

everySdk('Client.peekConversationBySid', 'looks at a conversation that the user is in', async (world) => {
  const { bob, alices } = await world.room()
  expect((await bob.peekConversationBySid(alices.sid)).friendlyName).toBe('Lunch')
  await expect(bob.peekConversationBySid(`CH${'0'.repeat(32)}`)).rejects.toThrow()
})

everySdk(
  'Client.conversationJoined, Client.conversationLeft, Client.conversationRemoved, Conversation.removed',
  'tells of the ends of a conversation, each in its order',
  async (world) => {
    const { alices, bob, bobs } = await world.room()
    const heard = recordOf(bob, { conversationLeft: () => '', conversationRemoved: () => '' })
    const gone = nextOf<Conversation>(bobs, 'removed')
    const removed = nextOf<Conversation>(bob, 'conversationRemoved')
    await alices.removeParticipant('bob')
    await Promise.all([removed, gone])
    const again = nextOf<Conversation>(bob, 'conversationJoined')
    await alices.add('bob')
    expect((await again).sid).toBe(bobs.sid)
    await (await again).getParticipants()
    const ended = nextOf<Conversation>(bob, 'conversationRemoved')
    await alices.delete()
    await ended
    expect(heard.map(([name]) => name)).toEqual(Array(2).fill(['conversationLeft', 'conversationRemoved']).flat())
    await expect(bob.getConversationBySid(bobs.sid)).rejects.toThrow()
  },
)

everySdk(
  'Client.setPushRegistrationId, Client.unsetPushRegistrationId',
  'registers a device for pushes, and ends it',
  async (world) => {
    const alice = await world.client('alice')
    const devices = expect.poll(() => world.devices('alice'))
    await alice.setPushRegistrationId('fcm', 'device-1')
    await devices.toEqual(['fcm device-1'])
    await alice.setPushRegistrationId('apn', 'device-2')
    await expect.poll(() => world.devices('alice')).toEqual(['fcm device-1', 'apn device-2'])
    await alice.unsetPushRegistrationId('fcm')
    await expect.poll(() => world.devices('alice')).toEqual(['apn device-2'])
  },
)

everySdk('Client.removePushRegistrations', 'ends the registration of a device that another page made', async (world) => {
  await (await world.client('alice')).setPushRegistrationId('apn', 'device')
  await (await world.client('alice')).removePushRegistrations('apn', 'device')
  expect(await world.devices('alice')).toEqual([])
})

everySdk(
  'Client.parsePushNotification, Client.handlePushNotification, Client.pushNotification',
  'reads a push, and passes it on',
  async (world) => {
    const alice = await world.client('alice')
    const data = {
      twi_message_type: 'twilio.conversations.new_message',
      twi_body: 'hi',
      conversation_sid: 'CH1',
      message_index: '7',
    }
    const expected = { type: data.twi_message_type, body: 'hi', data: { conversationSid: 'CH1', messageIndex: 7 } }
    expect(world.sdk.Client.parsePushNotification({ data })).toMatchObject(expected)
    const told = nextOf(alice, 'pushNotification')
    await alice.handlePushNotification({ data })
    expect(await told).toMatchObject(expected)
  },
)

everySdk('Client.getContentTemplates', 'lists the templates of the account, all of them', async (world) => {
  const { contents } = backEndOf(world.server).content.v1
  const actions = [
    { type: 'QUICK_REPLY', title: 'Fine', id: 'fine' },
    { type: 'URL', title: 'See', url: 'https://example.org/' },
    { type: 'PHONE_NUMBER', title: 'Call', phone: '+15559990000' },
  ]
  const types = {
    'twilio/text': { body: 'Hello {{1}}' },
    'twilio/media': { media: ['https://example.org/a.png'] },
    'twilio/location': { latitude: 1, longitude: 2, label: 'Here' },
    'twilio/quick-reply': { body: 'Well?', actions: [{ title: 'Yes', id: 'yes' }] },
    'twilio/call-to-action': { body: 'Do', actions },
    'twilio/list-picker': { body: 'Which?', button: 'Choose', items: [{ id: 'a', item: 'One', description: 'first' }] },
    'twilio/card': { title: 'T', subtitle: 'S', media: ['https://example.org/a.png'], actions },
  }
  const made = []
  for (let at = 0; at < 21; at++) made.push((await contents.create(template({ variables: { 1: 'you' }, types }))).sid)
  const found = await (await world.client('alice')).getContentTemplates()
  expect(found.map(({ sid }) => sid)).toEqual(made)
  const [first] = found
  expect(first).toMatchObject({ friendlyName: 'hello', variables: [{ name: '1', value: 'you' }] })
  expect(first?.dateCreated).toBeInstanceOf(Date)
  const shown = [
    { type: 'reply', title: 'Fine', id: 'fine', index: 0 },
    { type: 'url', title: 'See', url: 'https://example.org/' },
    { type: 'phone', title: 'Call', phone: '+15559990000' },
  ]
  expect([...(first?.variants.keys() ?? [])].sort()).toEqual(Object.keys(types).sort())
  expect(Object.fromEntries(first?.variants ?? [])).toMatchObject({
    'twilio/text': { type: 'text', body: 'Hello {{1}}', rawData: JSON.stringify(types['twilio/text']) },
    'twilio/media': { type: 'media', media: ['https://example.org/a.png'] },
    'twilio/location': { type: 'location', ...types['twilio/location'] },
    'twilio/quick-reply': { type: 'quickReply', body: 'Well?', replies: [{ title: 'Yes', id: 'yes' }] },
    'twilio/call-to-action': { type: 'callToAction', body: 'Do', actions: shown },
    'twilio/list-picker': { type: 'listPicker', ...types['twilio/list-picker'] },
    'twilio/card': { type: 'card', title: 'T', subtitle: 'S', media: ['https://example.org/a.png'], actions: shown },
  })
})

everySdk(
  'Client.onWithReplay, Client.addListenerWithReplay, Client.onceWithReplay',
  'tells who listens late what was told before',
  async (world) => {
    const client = world.begun(await world.server.token('alice'))
    await nextOf(client, 'initialized')
    for (const name of ['onWithReplay', 'addListenerWithReplay', 'onceWithReplay'] as const)
      await new Promise<void>((resolve) => client[name]('initialized', () => resolve()))
    await world.sdk.loaded(client)
  },
)

everySdk(
  'Client.create, Conversation.sendMessage',
  'works twice for the same person, each hearing everything once',
  async (world) => {
    const { bob, alices, bobs } = await world.room()
    const second = await world.client('bob')
    const seconds = await second.getConversationBySid(bobs.sid)
    await seconds.getParticipants()
    const heard = [bob, second].map((one) => recordOf(one, { messageAdded: ({ body }: Message) => body }))
    const last = [bob, second].map((one) => nextOf<Message>(one, 'messageAdded', ({ index }) => index === 2))
    expect(await alices.sendMessage('one')).toBe(0)
    const indexes = await Promise.all([bobs.sendMessage('two'), seconds.sendMessage('three')])
    expect(indexes.sort()).toEqual([1, 2])
    await Promise.all(last)
    expect(heard[0]).toEqual(heard[1])
    expect(heard[0]?.map(([, body]) => body).sort()).toEqual(['one', 'three', 'two'])
  },
)

everySdk('Client.getUser, Conversation.add, Conversation.removeParticipant', 'works for people of any name', async (world) => {
  const name = 'al ice/x@é+%41 😀'
  const [bob, odd] = [await world.client('bob'), await world.client(name)]
  expect(odd.user.identity).toBe(name)
  const bobs = await bob.createConversation()
  await bobs.join()
  const joined = nextOf<Conversation>(odd, 'conversationJoined')
  await bobs.add(name)
  await (await joined).getParticipants()
  const heard = nextOf<Message>(bobs, 'messageAdded')
  await (await joined).sendMessage('hello')
  expect((await heard).author).toBe(name)
  expect((await bob.getUser(name)).identity).toBe(name)
  await odd.user.updateFriendlyName('Odd')
  await expect.poll(async () => (await bob.getUser(name)).friendlyName).toBe('Odd')
  const left = nextOf<Conversation>(odd, 'conversationRemoved')
  await bobs.removeParticipant(name)
  expect((await left).sid).toBe(bobs.sid)
})

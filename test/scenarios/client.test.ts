import { Client, ContentTemplateVariable, ConversaError, RestPaginator } from '@conversa/client'
import { Client as VendorsClient } from '@twilio/conversations'
import { describe, expect, onTestFinished, test } from 'vitest'
import { backEndOf, template } from '../rest/back-end.ts'
import { Device } from './device.ts'
import { HandClock } from './hand-clock.ts'
import { next, record, World } from './world.ts'

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    ({ code }: { code: number }) => code,
  )

/** A client that was just constructed. */
async function constructed(world: World, token?: string): Promise<Client> {
  const client = new Client(token ?? (await world.server.token('alice')), { url: world.server.url })
  onTestFinished(() => client.shutdown())
  return client
}

describe('Client.create', () => {
  test('resolves to a client that can be used, with or without options that mean nothing here', async () => {
    const world = await World.begin()
    const options = { url: world.server.url, logLevel: 'silent', region: 'us1', Chat: {} } as const
    const client = await Client.create(await world.server.token('alice'), options)
    onTestFinished(() => client.shutdown())
    expect([client.connectionState, client.user.identity]).toEqual(['connected', 'alice'])
  })

  test('finds the server by the address that the vendor has for the socket', async () => {
    const { server } = await World.begin()
    const uri = `${server.url.replace('http', 'ws')}/v3/wsconnect`
    const client = await Client.create(await server.token('alice'), { Twilsock: { uri } })
    onTestFinished(() => client.shutdown())
    expect(client.connectionState).toBe('connected')
  })

  test('rejects with the documented code when the token is refused, and at once when nothing says where the server is', async () => {
    const { server } = await World.begin()
    expect(await codeOf(Client.create('no token', { url: server.url }))).toBe(20101)
    expect(await codeOf(Client.create(await server.token('alice'), null))).toBe(20001)
    expect(await codeOf(Client.create('', { url: server.url }))).toBe(20001)
  })
})

describe('Client.initialized, Client.stateChanged', () => {
  test('are told once, to listeners that follow the constructor, and calls that come before wait', async () => {
    const client = await constructed(await World.begin())
    const told = record(client, { initialized: () => 'now', stateChanged: (state) => state, initFailed: () => 'never' })
    expect(client.connectionState).toBe('connecting')
    const conversation = await client.createConversation({ friendlyName: 'early' })
    expect(conversation.friendlyName).toBe('early')
    expect(told).toEqual([
      ['stateChanged', 'initialized'],
      ['initialized', 'now'],
    ])
  })

  test('are replayed to who asks for it later', async () => {
    const client = await (await World.begin()).client('alice')
    const told: string[] = []
    client.on('initialized', () => told.push('never'))
    client.onWithReplay('stateChanged', (state) => told.push(state))
    client.onceWithReplay('initialized', () => told.push('once'))
    client.addListenerWithReplay('connectionStateChanged', (state) => told.push(state))
    client.onWithReplay('initFailed', () => told.push('never'))
    expect(told).toEqual(['initialized', 'once', 'connected'])
    expect([client.listenerCount('stateChanged'), client.listenerCount('initialized')]).toEqual([1, 1])
  })
})

describe('Client.initFailed, Client.connectionError', () => {
  test('tell why the token was refused, and every call rejects with it', async () => {
    const client = await constructed(await World.begin(), 'no token')
    const told = record(client, {
      stateChanged: (state) => state,
      connectionError: (error) => error,
      initFailed: ({ error }) => error,
    })
    expect(await codeOf(client.getSubscribedConversations())).toBe(20101)
    const error = { terminal: true, message: expect.stringContaining('unable to'), httpStatusCode: 401, errorCode: 20101 }
    expect(told).toEqual([
      ['connectionError', error],
      ['stateChanged', 'failed'],
      ['initFailed', error],
    ])
    expect(client.connectionState).toBe('denied')
  })
})

describe('Client.connectionState, Client.connectionStateChanged', () => {
  test('go from connecting to connected, over a lost connection, to disconnected', async () => {
    const world = await World.begin()
    const device = await Device.begin(world, 'alice')
    const { client, network } = device
    const told = record(client, { connectionStateChanged: (state) => [state, client.connectionState] })
    await next(client, 'initialized')
    network.cut()
    await device.disconnected()
    await device.connected()
    await client.shutdown()
    const states = ['connected', 'connecting', 'connected', 'disconnecting', 'disconnected']
    expect(told).toEqual(states.map((state) => ['connectionStateChanged', [state, state]]))
  })
})

describe('Client.version', () => {
  test('is that of the package, on the class and on its objects', async () => {
    const client = await (await World.begin()).client('alice')
    expect(Client.version).toMatch(/^\d+\.\d+\.\d+/)
    expect(client.version).toBe(Client.version)
  })
})

describe('Client.user', () => {
  test('is the one whom the token names, as they are now', async () => {
    const world = await World.begin()
    const early = await constructed(world)
    expect(early.user.identity).toBe('')
    await next(early, 'initialized')
    expect(early.user.identity).toBe('alice')
    await early.user.updateFriendlyName('Alice')
    const later = await world.client('alice')
    expect([later.user.friendlyName, await later.getUser('alice')]).toEqual(['Alice', later.user])
  })
})

describe('Client.createConversation', () => {
  test('takes names and attributes, and nobody is in it', async () => {
    const client = await (await World.begin()).client('alice')
    const options = { friendlyName: 'Lunch', uniqueName: 'lunch', attributes: { colour: 'blue' }, access: 'private' }
    const conversation = await client.createConversation(options)
    expect(conversation).toMatchObject({ friendlyName: 'Lunch', uniqueName: 'lunch', attributes: { colour: 'blue' } })
    expect([conversation.createdBy, conversation.status, await conversation.getParticipantsCount()]).toEqual([
      'alice',
      'notParticipating',
      0,
    ])
    const nameless = await client.createConversation()
    expect([nameless.friendlyName, nameless.uniqueName, nameless.attributes]).toEqual([null, null, {}])
  })

  test('is refused with the documented codes', async () => {
    const world = await World.begin()
    const client = await world.client('alice')
    await client.createConversation({ uniqueName: 'taken' })
    expect(await codeOf(client.createConversation({ uniqueName: 'taken' }))).toBe(50353)
    expect(await codeOf(client.createConversation({ friendlyName: 7 } as never))).toBe(20001)
    await world.forbid('createConversation')
    await expect(client.createConversation()).rejects.toMatchObject({ code: 50107, detail: { permission: 'createConversation' } })
  })
})

describe('Client.getConversationBySid, Client.getConversationByUniqueName', () => {
  test('give the same object for the same conversation, and it stays up to date', async () => {
    const world = await World.begin()
    const [alice, bob] = [await world.client('alice'), await world.client('bob')]
    const made = await alice.createConversation({ uniqueName: 'lunch' })
    await made.join()
    await made.add('bob')
    const found = await bob.getConversationBySid(made.sid)
    expect(await bob.getConversationByUniqueName('lunch')).toBe(found)
    expect(found.sid).toBe(made.sid)
    const heard = next(found, 'updated')
    await made.updateFriendlyName('Dinner')
    await heard
    expect(found.friendlyName).toBe('Dinner')
  })

  test('reject for what is not there, what one may not see, and what is no name', async () => {
    const world = await World.begin()
    const client = await world.client('alice')
    const nowhere = `CH${'0'.repeat(32)}`
    const refused = [client.getConversationBySid(nowhere), client.getConversationByUniqueName('nowhere')].map(codeOf)
    expect(await Promise.all(refused)).toEqual([50350, 50350])
    expect(await codeOf(client.getConversationBySid(''))).toBe(20001)
    expect(await codeOf(client.getConversationByUniqueName(null as never))).toBe(20001)
    await expect(client.getConversationBySid(nowhere)).rejects.toBeInstanceOf(ConversaError)
  })
})

describe('Client.peekConversationBySid', () => {
  test('gives a conversation as it is now, without following it', async () => {
    const world = await World.begin()
    const [alice, other] = [await world.client('alice'), await world.client('bob')]
    const made = await (await alice.createConversation({ friendlyName: 'Lunch' })).join()
    const peeked = await other.peekConversationBySid(made.sid)
    expect([peeked.friendlyName, peeked.status]).toEqual(['Lunch', 'notParticipating'])
    await made.updateFriendlyName('Dinner')
    expect((await other.peekConversationBySid(made.sid)).friendlyName).toBe('Dinner')
    expect(peeked.friendlyName).toBe('Lunch')
  })

  test('rejects for what is not there, and for who may not see it', async () => {
    const world = await World.begin()
    const { sid } = await (await world.client('alice')).createConversation()
    const bob = await world.client('bob')
    await world.forbid('joinConversation')
    expect(await codeOf(bob.peekConversationBySid(sid))).toBe(50350)
    expect(await codeOf(bob.peekConversationBySid(`CH${'0'.repeat(32)}`))).toBe(50350)
    expect(await codeOf(bob.peekConversationBySid(''))).toBe(20001)
  })
})

describe('Client.getSubscribedConversations', () => {
  test('has those that the user is in, newest activity first', async () => {
    const client = await (await World.begin()).client('alice')
    const conversations = []
    for (const friendlyName of ['one', 'two', 'three']) conversations.push(await client.createConversation({ friendlyName }))
    expect((await client.getSubscribedConversations()).items).toEqual([])
    const [one, two] = conversations
    for (const each of [one, two]) await each?.join()
    await one?.sendMessage('newest')
    const page = await client.getSubscribedConversations()
    expect(page).toBeInstanceOf(RestPaginator)
    expect(page.items.map(({ friendlyName }) => friendlyName)).toEqual(['one', 'two'])
    expect(page.items[0]).toBe(one)
  })
})

describe('Client.getContentTemplates', () => {
  test('shows every form of every template of the account, however many there are', async () => {
    const world = await World.begin()
    const { contents } = backEndOf(world.server).content.v1
    const alice = await world.client('alice')
    expect(await alice.getContentTemplates()).toEqual([])
    const types = {
      'twilio/text': { body: 'Hello {{1}}' },
      'twilio/card': { title: 'T', actions: [{ type: 'QUICK_REPLY', title: 'Fine', id: 'fine' }] },
    }
    const made = []
    for (let at = 0; at < 21; at++) made.push(await contents.create(template({ variables: { 1: 'you' }, types })))
    const found = await alice.getContentTemplates()
    expect(found.map(({ sid }) => sid)).toEqual(made.map(({ sid }) => sid))
    expect(found[0]).toMatchObject({ friendlyName: 'hello', variables: [{ name: '1', value: 'you' }] })
    expect(found[0]?.variables[0]).toBeInstanceOf(ContentTemplateVariable)
    expect(found[0]?.dateCreated.getTime()).toBeGreaterThanOrEqual(Number(made[0]?.dateCreated))
    expect([...(found[0]?.variants ?? [])]).toEqual([
      ['twilio/text', { type: 'text', body: 'Hello {{1}}', rawData: JSON.stringify(types['twilio/text']) }],
      [
        'twilio/card',
        {
          type: 'card',
          title: 'T',
          media: [],
          actions: [
            { type: 'reply', title: 'Fine', id: 'fine', index: 0, rawData: JSON.stringify(types['twilio/card'].actions[0]) },
          ],
          rawData: JSON.stringify(types['twilio/card']),
        },
      ],
    ])
  })
})

describe('Client.parsePushNotification', () => {
  const facts = { conversation_sid: 'CH1', conversation_title: 'Lunch', message_sid: 'IM1', unknown: 'x' }
  const type = 'twilio.conversations.new_message'
  const payloads: readonly (readonly [string, Record<string, unknown>])[] = [
    [
      'by FCM',
      { data: { twi_message_type: type, twi_title: 'Bob', twi_body: 'hello', twi_sound: 'ping', ...facts, message_index: '7' } },
    ],
    ['by FCM, about files', { data: { twi_message_type: type, ...facts, media_count: '2', media: '{"sid":"ME1","size":3}' } }],
    [
      'by FCM, with what makes no sense',
      { data: { twi_message_type: type, message_index: 'x', media: '{', conversation_sid: null } },
    ],
    [
      'by APNs',
      {
        aps: { alert: { title: 'Bob', body: 'hello' }, sound: 'default', badge: 3, category: type },
        twi_message_type: type,
        ...facts,
        message_index: 7,
      },
    ],
    ['by APNs, as a text', { aps: { alert: 'hello', badge: 0 }, twi_message_type: 'twilio.conversations.added_to_conversation' }],
    ['by APNs, without anything to show', { aps: {}, twi_message_type: 'twilio.conversations.removed_from_conversation' }],
  ]

  test.each(payloads)('reads what came %s as the vendor does', async (_, payload) => {
    const push = Client.parsePushNotification(payload)
    expect({ ...push }).toEqual({ ...VendorsClient.parsePushNotification(payload) })
    expect(push.type).toMatch(/^twilio\.conversations\./)
  })

  test('refuses what is no push of a conversation', async () => {
    const client = await (await World.begin()).client('alice')
    for (const nothing of [{}, { data: {} }, { aps: { alert: 'weather' } }, null, undefined, 'text']) {
      expect(() => client.parsePushNotification(nothing)).toThrow(ConversaError)
    }
  })
})

describe('Client.handlePushNotification, Client.pushNotification', () => {
  test('tell a push that was received', async () => {
    const client = await (await World.begin()).client('alice')
    const told = record(client, { pushNotification: ({ type, body, data }) => [type, body, data] })
    const data = {
      twi_message_type: 'twilio.conversations.new_message',
      twi_body: 'hi',
      conversation_sid: 'CH1',
      message_index: '0',
    }
    await client.handlePushNotification({ data })
    expect(await codeOf(client.handlePushNotification({ data: {} }))).toBe(20001)
    expect(told).toEqual([
      ['pushNotification', ['twilio.conversations.new_message', 'hi', { conversationSid: 'CH1', messageIndex: 0 }]],
    ])
  })
})

describe('Client.tokenAboutToExpire, Client.tokenExpired', () => {
  test('are told once each, and a new token goes on from there', async () => {
    const clock = new HandClock()
    const world = await World.begin({ clock })
    const device = await Device.ready(world, 'alice', { token: await world.server.token('alice', undefined, 600) })
    const told = record(device.client, { tokenAboutToExpire: () => 'soon', tokenExpired: () => 'now' })
    const about = next(device.client, 'tokenAboutToExpire')
    clock.advance(450_000)
    await about
    const denied = next(device.client, 'connectionStateChanged')
    clock.advance(3_600_000)
    expect(await denied).toBe('denied')
    expect(told).toEqual([
      ['tokenAboutToExpire', 'soon'],
      ['tokenExpired', 'now'],
    ])
    expect(await device.client.updateToken(await world.server.token('alice', undefined, 600))).toBe(device.client)
    expect(await codeOf(device.client.createConversation())).toBeUndefined()
  })
})

describe('Client.shutdown', () => {
  test('ends everything: what is pending rejects, and what comes later too', async () => {
    const client = await constructed(await World.begin())
    const pending = codeOf(client.createConversation())
    await client.shutdown()
    await client.shutdown()
    expect(await pending).toBe(51130)
    expect([await codeOf(client.getUser('alice')), await codeOf(client.updateToken('another'))]).toEqual([51130, 51130])
    expect(client.connectionState).toBe('disconnected')
  })
})

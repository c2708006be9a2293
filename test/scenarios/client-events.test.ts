import { Client } from '@conversa/client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { next, record, settle, World } from './world.ts'

describe('Client.conversationAdded, Client.conversationJoined', () => {
  test('are told of what the user is in already, and of what they come into, once each', async () => {
    const world = await World.begin()
    const { clients, conversations } = await world.room('alice', 'bob')
    const [alice, bob] = clients
    const [alices, bobs] = conversations
    const told = record(bob, { conversationAdded: ({ sid }) => sid, conversationJoined: ({ status }) => status })
    const second = await (await alice.createConversation()).join()
    const joined = next(bob, 'conversationJoined')
    await second.add('bob')
    expect((await joined).sid).toBe(second.sid)
    await settle(alices, bobs)
    expect(told).toEqual([
      ['conversationAdded', second.sid],
      ['conversationJoined', 'joined'],
    ])
    const other = new Client(await world.server.token('bob'), { url: world.server.url })
    onTestFinished(() => other.shutdown())
    const added: string[] = []
    other.on('conversationAdded', ({ sid }) => added.push(sid))
    const sids = new Set<string>()
    await next(other, 'conversationJoined', ({ sid }) => sids.add(sid).size === 2)
    expect([sids, new Set(added), added.length]).toEqual([new Set([alices.sid, second.sid]), sids, 2])
  })
})

describe('Client.conversationLeft, Client.conversationRemoved', () => {
  test('are told in this order to who leaves, with the conversation', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice', 'bob')
    const [alice, bob] = clients
    const [alices, bobs] = conversations
    const told = record(bob, { conversationLeft: (left) => left === bobs, conversationRemoved: (removed) => removed === bobs })
    const others = record(alice, { conversationLeft: () => '', conversationRemoved: () => '' })
    await bobs.leave()
    await settle(alices)
    expect(told).toEqual([
      ['conversationLeft', true],
      ['conversationRemoved', true],
    ])
    expect(others).toEqual([])
  })
})

describe('Client.conversationUpdated', () => {
  test('is told with the conversation and every reason', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice', 'bob')
    const heard = next(clients[1], 'conversationUpdated')
    await conversations[0].updateFriendlyName('Lunch')
    const { conversation, updateReasons } = await heard
    expect(conversation).toBe(conversations[1])
    expect(updateReasons).toContain('friendlyName')
  })
})

describe('Client.messageAdded, Client.messageUpdated, Client.messageRemoved', () => {
  test('are told of every conversation, in order, with the message', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const told = record(clients[1], {
      messageAdded: ({ body }) => body,
      messageUpdated: ({ message, updateReasons }) => [message.body, updateReasons.includes('body')],
      messageRemoved: ({ index, conversation }) => [index, conversation === bobs],
    })
    await alices.sendMessage('first')
    const [message] = (await alices.getMessages()).items
    await message?.updateBody('edited')
    await message?.remove()
    await settle(alices, bobs)
    expect(told).toEqual([
      ['messageAdded', 'first'],
      ['messageUpdated', ['edited', true]],
      ['messageRemoved', [0, true]],
    ])
  })
})

describe('Client.participantJoined, Client.participantUpdated, Client.participantLeft', () => {
  test('are told of every conversation, in order, with the participant', async () => {
    const world = await World.begin()
    const { clients, conversations } = await world.room('alice', 'bob')
    const [alices, bobs] = conversations
    const told = record(clients[1], {
      participantJoined: ({ identity, conversation }) => [identity, conversation === bobs],
      participantUpdated: ({ participant, updateReasons }) => [participant.identity, updateReasons.includes('attributes')],
      participantLeft: ({ identity }) => identity,
    })
    await alices.add('carol')
    await (await alices.getParticipantByIdentity('carol')).updateAttributes({ a: 1 })
    await alices.removeParticipant('carol')
    await settle(alices, bobs)
    expect(told).toEqual([
      ['participantJoined', ['carol', true]],
      ['participantUpdated', ['carol', true]],
      ['participantLeft', 'carol'],
    ])
  })
})

describe('Client.typingStarted, Client.typingEnded', () => {
  test('are told to the others, and typing ends with the message', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice', 'bob')
    const told = record(clients[1], {
      typingStarted: ({ identity, isTyping }) => [identity, isTyping],
      typingEnded: ({ identity, isTyping }) => [identity, isTyping],
    })
    const own = record(clients[0], { typingStarted: () => '', typingEnded: () => '' })
    const started = next(clients[1], 'typingStarted')
    await conversations[0].typing()
    await started
    await conversations[0].sendMessage('there')
    await settle(...conversations)
    expect(told).toEqual([
      ['typingStarted', ['alice', true]],
      ['typingEnded', ['alice', false]],
    ])
    expect(own).toEqual([])
  })
})

describe('Client.userUpdated', () => {
  test('is told of the own profile, on every device, with what changed', async () => {
    const world = await World.begin()
    const [one, two] = [await world.client('alice'), await world.client('alice')]
    const heard = next(two, 'userUpdated')
    await one.user.updateFriendlyName('Alice')
    expect(await heard).toEqual({ user: two.user, updateReasons: ['friendlyName'] })
    expect(two.user.friendlyName).toBe('Alice')
  })
})

describe('listeners', () => {
  test('are called in their order, and no longer once they are taken away', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice')
    const [client] = clients
    const heard: string[] = []
    const hear = (name: string) => () => void heard.push(name)
    const [second, away] = [hear('second'), hear('away')]
    client.on('messageAdded', second).addListener('messageAdded', away).once('messageAdded', hear('once'))
    client.prependListener('messageAdded', hear('first')).prependOnceListener('messageAdded', hear('once, before'))
    client.off('messageAdded', away).removeListener('messageAdded', hear('never there'))
    expect(client.listeners('messageAdded')).toHaveLength(4)
    expect(client.rawListeners('messageAdded')[2]).toBe(second)
    expect([client.eventNames(), client.setMaxListeners(1).getMaxListeners()]).toEqual([
      ['messageAdded'],
      Number.POSITIVE_INFINITY,
    ])
    await conversations[0].sendMessage('one')
    expect(heard).toEqual(['once, before', 'first', 'second', 'once'])
    await conversations[0].sendMessage('two')
    expect(heard.slice(4)).toEqual(['first', 'second'])
    client.removeAllListeners()
    await conversations[0].sendMessage('three')
    expect([heard.length, client.listenerCount('messageAdded')]).toEqual([6, 0])
  })

  test('have what tells as their `this`, if they are functions of their own', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice')
    const heard: unknown[] = []
    const hear = function (this: unknown) {
      heard.push(this)
    }
    clients[0].on('messageAdded', hear)
    conversations[0].once('messageAdded', hear)
    await conversations[0].sendMessage('one')
    clients[0].onceWithReplay('messageAdded', hear)
    expect(heard).toEqual([conversations[0], clients[0], clients[0]])
  })

  test('that want one event get one, also when a listener before them brings another one about', async () => {
    const { clients } = await (await World.begin()).room('alice')
    const heard: string[] = []
    clients[0].once('connectionStateChanged', () => void clients[0].shutdown())
    clients[0].once('connectionStateChanged', (state) => heard.push(state))
    clients[0].emit('connectionStateChanged', 'connected')
    expect(heard).toEqual(['disconnecting'])
  })

  test.each([undefined, null, {}, 'listener'])('that are %j are refused at once', async (listener) => {
    const { clients } = await (await World.begin()).room('alice')
    expect(() => clients[0].on('messageAdded', listener as never)).toThrow(expect.objectContaining({ code: 20001 }))
  })

  test('that ask for a replay get the latest event of their name, which is that of joining at first, and what comes', async () => {
    const { conversations } = await (await World.begin()).room('alice')
    const [conversation] = conversations
    const told: unknown[][] = []
    const hear =
      (name: string) =>
      ({ updateReasons }: { updateReasons: string[] }) =>
        told.push([name, ...updateReasons.filter((reason) => reason !== 'dateUpdated')])
    conversation.onceWithReplay('updated', hear('first'))
    await conversation.updateFriendlyName('one')
    await conversation.updateUniqueName('two')
    conversation.onWithReplay('updated', hear('on'))
    conversation.onceWithReplay('updated', hear('once'))
    await conversation.updateAttributes({ a: 1 })
    expect(told).toEqual([
      ['first', 'status'],
      ['on', 'uniqueName'],
      ['once', 'uniqueName'],
      ['on', 'attributes'],
    ])
  })
})

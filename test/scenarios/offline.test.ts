import { describe, expect, test } from 'vitest'
import { Device, deviceRoom } from './device.ts'
import { HandClock } from './hand-clock.ts'
import { next, record, settle, World } from './world.ts'

const HOUR = 3_600_000

/** A device that has lost its network; it tries to come back all the time. */
async function goOffline(device: Device): Promise<void> {
  device.network.partition()
  await device.disconnected()
}

const numbers = (count: number) => Array.from({ length: count }, (_, number) => number)

describe('offline for hours', () => {
  test('sends at the return what was written meanwhile, in the order of the calls, behind what others wrote', async () => {
    const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
    const [alice] = devices
    const [alices, bobs] = conversations
    const heard = [alices, bobs].map((each) => record(each, { messageAdded: ({ author, body }) => [author, body] }))
    await goOffline(alice)
    const began = alice.clock.now()
    const answers: Promise<number>[] = []
    const expected: [string, string][] = []
    for (const hour of numbers(5)) {
      await bobs.sendMessage(`bob in hour ${hour}`)
      expected.push(['bob', `bob in hour ${hour}`])
    }
    for (const hour of numbers(5)) {
      for (const number of numbers(3)) answers.push(alices.sendMessage(`alice ${hour} ${number}`))
      alice.clock.jump(HOUR)
    }
    for (const hour of numbers(5)) for (const number of numbers(3)) expected.push(['alice', `alice ${hour} ${number}`])
    expect(alice.clock.now() - began).toBeGreaterThanOrEqual(5 * HOUR)
    alice.network.heal()
    expect(await Promise.all(answers)).toEqual(numbers(15).map((number) => number + 5))
    await settle(alices, alices, bobs)
    for (const each of heard) expect(each.map(([, said]) => said)).toEqual(expected)
    expect(await alices.getMessagesCount()).toBe(20)
  })

  test('keeps the order of everything that was asked of one conversation', async () => {
    const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
    const [alice] = devices
    const [alices, bobs] = conversations
    const heard = record(bobs, { messageAdded: ({ body }) => body, updated: ({ conversation }) => conversation.friendlyName })
    await goOffline(alice)
    const asked = [
      alices.sendMessage('one'),
      alices.updateFriendlyName('first name'),
      alices.sendMessage('two'),
      alices.updateFriendlyName('second name'),
      alices.setAllMessagesUnread(),
      alices.sendMessage('three'),
    ]
    alice.network.heal()
    await Promise.all(asked)
    await settle(alices, bobs)
    const order = heard.map(([, what]) => what).filter((what) => typeof what === 'string')
    expect(order.filter((what, at) => what !== order[at - 1] && !what.startsWith('mark'))).toEqual([
      'one',
      'first name',
      'two',
      'first name',
      'second name',
      'three',
      'second name',
    ])
  })

  test('is told of very many events without a hole, each once and in order', async () => {
    const world = await World.begin()
    const { devices, conversations } = await deviceRoom(world, 'alice', 'bob')
    const [, bob] = devices
    const [alices, bobs] = conversations
    await alices.sendMessage('before')
    await settle(alices, bobs)
    await bobs.setAllMessagesRead()
    const heard = record(bobs, { messageAdded: ({ index }) => index })
    const all = next(bobs, 'messageAdded', ({ index }) => index === 3000)
    await goOffline(bob)
    await Promise.all(numbers(3000).map((number) => alices.sendMessage(`text ${number}`)))
    bob.clock.jump(12 * HOUR)
    bob.network.heal()
    await all
    expect(heard.map(([, index]) => index)).toEqual(numbers(3000).map((number) => number + 1))
    expect([await bobs.getUnreadMessagesCount(), await bobs.getMessagesCount(), bobs.lastMessage?.index]).toEqual([
      3000, 3001, 3000,
    ])
  })

  test('hears what happened in every conversation, and of those that came and went', async () => {
    const world = await World.begin()
    const sids = await world.manyConversations('bob', 30)
    const { devices, conversations } = await deviceRoom(world, 'alice', 'bob')
    const [alice, bob] = devices
    const heard = record(bob.client, {
      conversationJoined: ({ friendlyName }) => friendlyName,
      conversationLeft: ({ friendlyName }) => friendlyName,
      messageAdded: ({ body }) => body,
    })
    const goes = await alice.client.createConversation({ friendlyName: 'goes' })
    const came = next(bob.client, 'conversationJoined')
    await goes.join()
    await goes.add('bob')
    await came
    await goOffline(bob)
    for (const sid of sids) await world.send({ sid }, `in ${sid}`)
    const comes = await alice.client.createConversation({ friendlyName: 'comes' })
    await comes.join()
    await comes.add('bob')
    await goes.removeParticipant('bob')
    const between = await alice.client.createConversation({ friendlyName: 'comes and goes' })
    await between.join()
    await between.add('bob')
    await between.removeParticipant('bob')
    bob.clock.jump(HOUR)
    bob.network.heal()
    await settle(conversations[0], conversations[1])
    const left = (await bob.client.getSubscribedConversations()).items.map(({ friendlyName }) => friendlyName)
    expect(left.filter((name) => name?.includes('goes') || name?.includes('comes'))).toEqual(['comes'])
    expect(heard.filter(([name]) => name === 'messageAdded').map(([, body]) => body)).toHaveLength(30)
    const told = heard.filter(([, what]) => what === 'goes' || what === 'comes')
    expect(told).toEqual([
      ['conversationJoined', 'goes'],
      ['conversationJoined', 'comes'],
      ['conversationLeft', 'goes'],
    ])
  })
})

describe('what was asked while offline, and cannot be done any more', () => {
  test('in a conversation that the user was removed from is refused', async () => {
    const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
    const [, bob] = devices
    const [alices, bobs] = conversations
    await goOffline(bob)
    const refused = [bobs.sendMessage('too late'), bobs.setAllMessagesUnread(), bobs.setUserNotificationLevel('muted')]
    const removed = next(bobs, 'removed')
    await alices.removeParticipant('bob')
    bob.network.heal()
    for (const each of await Promise.allSettled(refused)) {
      expect(each).toMatchObject({ status: 'rejected', reason: { name: 'ConversaError', code: 50430, retry: 'never' } })
    }
    await removed
    expect(bobs.status).toBe('notParticipating')
    expect(await alices.getMessagesCount()).toBe(0)
  })

  test('in a conversation that the user left before, in the same outage, is refused; before leaving it is done', async () => {
    const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
    const [, bob] = devices
    const [alices, bobs] = conversations
    const heard = record(alices, { messageAdded: ({ body }) => body, participantLeft: ({ identity }) => identity })
    await goOffline(bob)
    const before = bobs.sendMessage('good bye')
    const left = bobs.leave()
    const after = expect(bobs.sendMessage('one more thing')).rejects.toMatchObject({ code: 50430 })
    bob.network.heal()
    expect([await before, await left]).toEqual([0, bobs])
    await after
    await settle(alices)
    expect(heard).toEqual([
      ['messageAdded', 'good bye'],
      ['participantLeft', 'bob'],
    ])
  })

  test('in a conversation that was closed is refused', async () => {
    const world = await World.begin()
    const { devices, conversations } = await deviceRoom(world, 'alice', 'bob')
    const [, bob] = devices
    await goOffline(bob)
    const refused = expect(conversations[1].sendMessage('too late')).rejects.toMatchObject({
      name: 'ConversaError',
      code: 50377,
      retry: 'never',
    })
    await world.setState(conversations[0], 'closed')
    bob.network.heal()
    await refused
    expect(conversations[1].state.current).toBe('closed')
    expect(await conversations[0].getMessagesCount()).toBe(0)
  })

  test('in a conversation that was deleted is refused, and the others go on', async () => {
    const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
    const [, bob] = devices
    const mine = await bob.client.createConversation()
    await mine.join()
    await goOffline(bob)
    const refused = expect(conversations[1].sendMessage('too late')).rejects.toMatchObject({ status: 404, retry: 'never' })
    const sent = mine.sendMessage('in time')
    await conversations[0].delete()
    bob.network.heal()
    await refused
    expect(await sent).toBe(0)
  })

  test('by somebody else than who signs in then is refused, and never sent as somebody else', async () => {
    const world = await World.begin()
    const { devices, conversations } = await deviceRoom(world, 'alice', 'bob', 'carol')
    const [, bob] = devices
    const [alices, bobs] = conversations
    await goOffline(bob)
    const refused = [
      bobs.sendMessage('of Bob'),
      bobs.sendMessage({ contentType: 'text/plain', media: 'of Bob' }),
      bobs.updateFriendlyName('by Bob'),
      bob.client.createConversation(),
      bob.client.user.updateFriendlyName('Bob'),
    ]
    const outcome = Promise.allSettled(refused)
    await bob.client.updateToken(await world.server.token('carol'))
    bob.network.heal()
    await bob.connected()
    bob.clock.jump(HOUR)
    for (const each of await outcome) {
      expect(each).toMatchObject({ status: 'rejected', reason: { name: 'ConversaError', code: 51207, retry: 'never' } })
    }
    expect(bob.client.user.identity).toBe('carol')
    await settle(alices)
    expect([await alices.getMessagesCount(), bob.client.user.friendlyName]).toEqual([0, null])
    const carols = await bob.client.getConversationBySid(alices.sid)
    const heard = next(alices, 'messageAdded')
    await carols.sendMessage('of Carol')
    expect(await heard).toMatchObject({ author: 'carol', body: 'of Carol', index: 0 })
  })
})

describe('removed while away', () => {
  test('and added again is another participant, who reads on in the same object', async () => {
    const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
    const [, bob] = devices
    const [alices, bobs] = conversations
    await alices.sendMessage('one')
    await bobs.setAllMessagesRead()
    const before = (await bobs.getParticipantByIdentity('bob')).sid
    const told = record(bob.client, {
      conversationLeft: () => '',
      conversationRemoved: () => '',
      conversationAdded: () => '',
      conversationJoined: () => '',
    })
    await goOffline(bob)
    await alices.removeParticipant('bob')
    await alices.sendMessage('not for Bob')
    await alices.add('bob')
    const joined = next(bob.client, 'conversationJoined')
    bob.network.heal()
    expect(await joined).toBe(bobs)
    expect(told.map(([name]) => name)).toEqual([
      'conversationLeft',
      'conversationRemoved',
      'conversationAdded',
      'conversationJoined',
    ])
    expect((await bobs.getParticipantByIdentity('bob')).sid).not.toBe(before)
    expect([bobs.lastReadMessageIndex, await bobs.getUnreadMessagesCount()]).toEqual([null, null])
    const heard = next(bobs, 'messageAdded')
    await alices.sendMessage('welcome')
    expect((await heard).body).toBe('welcome')
  })
})

describe('a device that was off', () => {
  test('while the clocks of device and server went apart by days still sends and hears everything once', async () => {
    const clock = new HandClock()
    const world = await World.begin({ clock })
    const alice = await Device.ready(world, 'alice')
    const bob = await Device.ready(world, 'bob')
    const alices = await alice.client.createConversation()
    const seen = next(bob.client, 'conversationJoined')
    for (const identity of ['alice', 'bob']) await alices.add(identity)
    const bobs = await seen
    const heard = record(bobs, { messageAdded: ({ body }) => body })
    await alices.sendMessage('one')
    alice.clock.jump(-48 * HOUR)
    bob.clock.jump(48 * HOUR)
    for (const body of ['two', 'three']) await alices.sendMessage(body)
    await bobs.sendMessage('four')
    await settle(alices, bobs)
    expect(heard.map(([, body]) => body)).toEqual(['one', 'two', 'three', 'four'])
  })
})

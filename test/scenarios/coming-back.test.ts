import { describe, expect, test } from 'vitest'
import { backEndOf } from '../rest/back-end.ts'
import { Device } from './device.ts'
import { next, record, World } from './world.ts'

type Frame = Readonly<Record<string, unknown>>

/** What a device asks of the server from now on. */
function requestsOf({ network }: Device) {
  const frames: Frame[] = []
  network.rule(({ direction, frame }) => {
    if (direction === 'up' && frame) frames.push(frame)
    return undefined
  })
  return {
    ofType: (type: string) => frames.filter((frame) => frame.type === type),
    /** Without the token, which is as long as it is. */
    bytes: () => frames.reduce((sum, { token: _, ...frame }) => sum + JSON.stringify(frame).length, 0),
  }
}

/** A device whose person is in many conversations, all of which it knows and none of which the application looks into. */
async function deviceIn(world: World, count: number, identity = 'alice') {
  const sids = await world.manyConversations(identity, count)
  const device = await Device.begin(world, identity)
  const lists = requestsOf(device)
  const seen = new Set<string>()
  await next(device.client, 'conversationJoined', ({ sid }) => seen.add(sid).size === count)
  // The list is read once more from its top, and nothing says when: until a question of our own is the only one.
  for (let before = -1; before !== lists.ofType('conversation.list').length - 1; ) {
    before = lists.ofType('conversation.list').length
    await device.client.getSubscribedConversations()
  }
  const sidAt = (at: number) => ({ sid: sids[at] ?? '' })
  return { device, client: device.client, sidAt }
}

describe('a device that comes back, and looks into none of its conversations', () => {
  test('says as much of 1,000 as of 200, when nothing happened', async () => {
    const world = await World.begin()
    const sizes: number[] = []
    for (const [identity, count] of [['alice', 200] as const, ['bob', 1000] as const]) {
      const { device, client, sidAt } = await deviceIn(world, count, identity)
      const requests = requestsOf(device)
      const compared = device.network.once(({ frame }) => Object.hasOwn(Object(frame?.result), 'differing'), 'carry')
      await device.interrupt()
      await compared
      const heard = next(client, 'messageAdded')
      await world.send(sidAt(1), 'after')
      await heard
      sizes.push(requests.bytes())
      expect(requests.ofType('conversation.compare')).toHaveLength(1)
      expect(requests.ofType('conversation.resume')).toEqual([])
    }
    expect(Math.max(...sizes)).toBeLessThan(2000)
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(100)
  })

  test('asks only for those in which something happened, and tells it once', async () => {
    const world = await World.begin()
    const { device, client, sidAt } = await deviceIn(world, 300)
    const heard = record(client, { messageAdded: ({ conversation, body }) => [conversation.sid, body] })
    const requests = requestsOf(device)
    const last = next(client, 'messageAdded', ({ body }) => body === 'late')
    await device.interrupt(async () => {
      await world.send(sidAt(7), 'one')
      await world.send(sidAt(7), 'two')
      await world.send(sidAt(250), 'late')
    })
    await last
    const after = next(client, 'messageAdded', ({ body }) => body === 'after')
    await world.send(sidAt(7), 'after')
    await after
    expect(heard).toHaveLength(4)
    for (const [at, bodies] of [[7, ['one', 'two', 'after']] as const, [250, ['late']] as const]) {
      const here = heard.map(([, what]) => what as [string, string]).filter(([sid]) => sid === sidAt(at).sid)
      expect(here.map(([, body]) => body)).toEqual(bodies)
    }
    const asked = requests.ofType('conversation.resume').flatMap(({ since }) => since as { conversationSid: string }[])
    expect(new Set(asked.map(({ conversationSid }) => conversationSid))).toEqual(new Set([sidAt(7).sid, sidAt(250).sid]))
    expect(asked).toHaveLength(2)
  })

  test('tells every message that a snapshot passed over, once and in order', async () => {
    const world = await World.begin()
    const { device, client, sidAt } = await deviceIn(world, 100)
    const heard = record(client, { messageAdded: ({ body }) => body })
    const bodies = Array.from({ length: 600 }, (_, number) => `${number}`)
    const last = next(client, 'messageAdded', ({ body }) => body === '599')
    await device.interrupt(async () => {
      for (const body of bodies) await world.send(sidAt(50), body)
    })
    await last
    expect(heard.map(([, body]) => body)).toEqual(bodies)
  })

  test('tells all that changed of a message that is held, when a snapshot passed over it', async () => {
    const world = await World.begin()
    const { device, client, sidAt } = await deviceIn(world, 1)
    await world.send(sidAt(0), 'first')
    const conversation = await client.getConversationBySid(sidAt(0).sid)
    const [held] = (await conversation.getMessages()).items
    const told = next(client, 'messageUpdated')
    await device.interrupt(async () => {
      const there = backEndOf(world.server).conversations.v1.conversations(sidAt(0).sid)
      await there.messages(String(held?.sid)).update({ author: 'bob', subject: 'new' })
      for (let number = 0; number < 600; number++) await world.send(sidAt(0), `${number}`)
    })
    const { message, updateReasons } = await told
    expect([message.author, message.subject, updateReasons.toSorted()]).toEqual([
      'bob',
      'new',
      ['author', 'dateUpdated', 'lastUpdatedBy', 'subject'],
    ])
  })

  test('learns of what it is in no more, and of what it came into', async () => {
    const world = await World.begin()
    const { device, client, sidAt } = await deviceIn(world, 100)
    const other = await world.client('alice')
    const owner = await world.client('bob')
    const told = record(client, {
      conversationLeft: ({ sid }) => sid,
      conversationRemoved: ({ sid }) => sid,
      conversationJoined: ({ sid }) => sid,
      messageAdded: ({ body }) => body,
    })
    const made = await owner.createConversation()
    const welcome = next(client, 'messageAdded')
    await device.interrupt(async () => {
      await (await other.getConversationBySid(sidAt(3).sid)).leave()
      await made.join()
      await made.add('alice')
      await made.sendMessage('welcome')
    })
    await welcome
    expect(told).toEqual([
      ['conversationLeft', sidAt(3).sid],
      ['conversationRemoved', sidAt(3).sid],
      ['conversationJoined', made.sid],
      ['messageAdded', 'welcome'],
    ])
  })

  test('asks at once for those that the application looks into', async () => {
    const world = await World.begin()
    const { device, client, sidAt } = await deviceIn(world, 20)
    const read = await client.getConversationBySid(sidAt(4).sid)
    await read.getMessages()
    const listened = await client.getConversationBySid(sidAt(5).sid)
    listened.on('updated', () => {})
    const requests = requestsOf(device)
    const heard = next(client, 'messageAdded')
    await device.interrupt(() => world.send(sidAt(4), 'missed'))
    await heard
    const asked = requests.ofType('conversation.resume').flatMap(({ since }) => since as { conversationSid: string }[])
    expect(new Set(asked.map(({ conversationSid }) => conversationSid))).toEqual(new Set([read.sid, listened.sid]))
  })
})

import { randomBytes } from 'node:crypto'
import type { Direction, Passing, Verdict } from 'conversa'
import { describe, expect, test } from 'vitest'
import { Device, deviceRoom } from './device.ts'
import { next, record, settle, World } from './world.ts'

const HEARTBEAT = 20_000

/** Recognises something that passes. Made anew for each test: some remember what they saw. */
type Recognizer = () => (passing: Passing) => boolean

const request =
  (type: string): Recognizer =>
  () =>
  ({ frame }) =>
    frame?.type === type
const event =
  (type: string): Recognizer =>
  () =>
  ({ frame }) =>
    (frame?.event as { type?: string } | undefined)?.type === type
const noFrame =
  (direction: Direction): Recognizer =>
  () =>
  (passing) =>
    passing.direction === direction && !passing.frame

/** The answer to the first request of a type, on the connection that it was sent on. */
const answer =
  (type: string): Recognizer =>
  () => {
    let asked: Passing | undefined
    return (passing) => {
      if (passing.frame?.type === type) asked ??= passing
      return passing.link === asked?.link && passing.frame?.reply === asked.frame?.id
    }
  }

/** Cuts on both sides of what passes. */
const around = (name: string, recognizer: Recognizer) =>
  (['cut before', 'cut after'] as const).map((verdict): [string, Recognizer, Verdict] => [
    `${verdict} ${name}`,
    recognizer,
    verdict,
  ])

describe('signing in', () => {
  test.each([
    ...around('the request for the socket', noFrame('up')),
    ...around('the answer to it', noFrame('down')),
    ...around('session.start', request('session.start')),
    ...around('the answer to session.start', answer('session.start')),
    ...around('conversation.list', request('conversation.list')),
    ...around('the answer to conversation.list', answer('conversation.list')),
  ])('%s ends in the same client', async (_, recognizer, verdict) => {
    const world = await World.begin()
    const [sid] = await world.manyConversations('alice', 1)
    const device = await Device.begin(world, 'alice')
    const cut = device.network.once(recognizer(), verdict)
    const told = record(device.client, {
      initialized: () => '',
      initFailed: () => '',
      conversationAdded: (each) => each.sid,
      conversationJoined: (each) => each.sid,
    })
    const ready = next(device.client, 'initialized')
    await cut
    await ready
    await device.recovered()
    expect((await device.client.getSubscribedConversations()).items.map((each) => each.sid)).toEqual([sid])
    expect(told).toHaveLength(3)
    expect(told).toEqual(
      expect.arrayContaining([
        ['conversationAdded', sid],
        ['conversationJoined', sid],
        ['initialized', ''],
      ]),
    )
    expect(device.failures.length).toBeGreaterThan(0)
  })
})

describe('joining', () => {
  test.each([
    ...around('the request', request('participant.add')),
    ...around('membership.added', event('membership.added')),
    ...around('the answer', answer('participant.add')),
  ])('%s joins once, and misses no message from then on', async (_, recognizer, verdict) => {
    const world = await World.begin()
    const alice = await Device.ready(world, 'alice')
    const bob = await Device.ready(world, 'bob')
    const alices = await alice.client.createConversation()
    await alices.join()
    const bobs = await bob.client.getConversationBySid(alices.sid)
    const told = record(bob.client, { conversationJoined: ({ sid }) => sid, conversationAdded: ({ sid }) => sid })
    const indexes = record(bob.client, { messageAdded: ({ index }) => index })
    const cut = bob.network.once(recognizer(), verdict)
    const joining = bobs.join()
    const sends = Array.from({ length: 10 }, () => alices.sendMessage('text'))
    await cut
    expect(await joining).toBe(bobs)
    await Promise.all(sends)
    await bob.recovered()
    await settle(alices, bobs)
    expect(bobs.status).toBe('joined')
    expect(told).toEqual([['conversationJoined', alices.sid]])
    const all = (await bobs.getMessages(100)).items.map(({ index }) => index)
    expect(all).toHaveLength(10)
    expect(indexes.map(([, index]) => index)).toEqual(all.slice(all.length - indexes.length))
    expect((await alices.getParticipants()).map(({ identity }) => identity)).toEqual(['alice', 'bob'])
  })
})

describe('sending', () => {
  test.each([
    ...around('the request', request('message.send')),
    ...around('message.added', event('message.added')),
    ...around('the answer', answer('message.send')),
  ])('%s keeps the order of the calls, and shows each message once', async (_, recognizer, verdict) => {
    const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
    const [alice] = devices
    const [alices, bobs] = conversations
    const heard = [alices, bobs].map((each) => record(each, { messageAdded: ({ body }) => body }))
    const cut = alice.network.once(recognizer(), verdict)
    const bodies = Array.from({ length: 20 }, (__, number) => `text ${number}`)
    const indexes = Promise.all(bodies.map((body) => alices.sendMessage(body)))
    await cut
    expect(await indexes).toEqual(bodies.map((__, index) => index))
    await settle(alices, alices, bobs)
    for (const each of heard) expect(each.map(([, body]) => body)).toEqual(bodies)
    expect(alice.failures.length).toBeGreaterThan(0)
  })
})

describe('catching up', () => {
  test.each([
    ...around('session.start', request('session.start')),
    ...around('the answer to session.start', answer('session.start')),
    ...around('conversation.resume', request('conversation.resume')),
    ...around('the answer to conversation.resume', answer('conversation.resume')),
  ])('%s still tells everything once, in order, without a snapshot', async (_, recognizer, verdict) => {
    const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
    const [, bob] = devices
    const [alices, bobs] = conversations
    const heard = record(bobs, { messageAdded: ({ index }) => index, updated: ({ updateReasons }) => updateReasons.length > 0 })
    const snapshots: unknown[] = []
    bob.network.rule(({ frame }) => {
      if (JSON.stringify(frame?.result ?? {}).includes('"snapshot"')) snapshots.push(frame)
      return undefined
    })
    bob.network.partition()
    await bob.disconnected()
    for (let number = 0; number < 30; number++) await alices.sendMessage('text')
    const cut = bob.network.once(recognizer(), verdict)
    bob.network.heal()
    await cut
    await settle(alices, bobs)
    expect(heard.filter(([name]) => name === 'messageAdded').map(([, index]) => index)).toEqual(
      Array.from({ length: 30 }, (__, at) => at),
    )
    expect(bobs.lastMessage?.index).toBe(29)
    expect(snapshots).toEqual([])
  })

  test.each([
    ...around('conversation.compare', request('conversation.compare')),
    ...around('the answer to conversation.compare', answer('conversation.compare')),
  ])('%s still tells what happened where nobody looked, once and in order', async (_, recognizer, verdict) => {
    const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
    const [, bob] = devices
    const [alices] = conversations
    const heard = record(bob.client, { messageAdded: ({ index }) => index })
    bob.network.partition()
    await bob.disconnected()
    for (let number = 0; number < 30; number++) await alices.sendMessage('text')
    const cut = bob.network.once(recognizer(), verdict)
    const last = next(bob.client, 'messageAdded', ({ index }) => index === 30)
    bob.network.heal()
    await cut
    await alices.sendMessage('last')
    await last
    expect(heard.map(([, index]) => index)).toEqual(Array.from({ length: 31 }, (__, at) => at))
  })

  test.each([
    ...around('the request for the messages in between', request('message.page')),
    ...around('the answer to it', answer('message.page')),
  ])('on a snapshot, %s still tells every message once, in order', async (_, recognizer, verdict) => {
    const world = await World.begin()
    const { devices, conversations } = await deviceRoom(world, 'alice', 'bob')
    const [, bob] = devices
    const [alices, bobs] = conversations
    const heard = record(bobs, { messageAdded: ({ index }) => index })
    bob.network.partition()
    await bob.disconnected()
    await Promise.all(Array.from({ length: 620 }, () => alices.sendMessage('text')))
    const cut = bob.network.once(recognizer(), verdict)
    const all = next(bobs, 'messageAdded', ({ index }) => index === 619)
    bob.network.heal()
    await cut
    await all
    expect(heard.map(([, index]) => index)).toEqual(Array.from({ length: 620 }, (__, at) => at))
  })
})

describe('uploading', () => {
  test.each([
    ['when the first bytes go out', 'up', 1],
    ['in the middle of the bytes', 'up', 3],
    ['when the answer comes', 'down', 1],
  ] as const)('cut %s makes one message with one file', async (_, direction, part) => {
    const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
    const [alice] = devices
    const [alices, bobs] = conversations
    const content = randomBytes(600_000)
    const heard = next(bobs, 'messageAdded')
    let parts = 0
    const isPart = (passing: Passing) => passing.direction === direction && !passing.frame && ++parts === part
    const cut = alice.network.once(isPart, 'cut before')
    const paused = alice.clock.timerSet((ms) => ms > 0 && ms <= 500)
    const sent = alices.sendMessage({ contentType: 'application/octet-stream', media: content })
    await cut
    await paused
    alice.clock.advance(500)
    expect(await sent).toBe(0)
    const [file] = (await heard).attachedMedia ?? []
    expect(file?.size).toBe(content.length)
    const url = (await file?.getContentTemporaryUrl()) ?? ''
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(content)).toBe(true)
    await settle(alices, bobs)
    expect(await bobs.getMessagesCount()).toBe(1)
    expect(alice.failures).toEqual([])
  })
})

describe('typing', () => {
  test.each([...around('the request', request('typing.start')), ...around('the answer', answer('typing.start'))])(
    '%s succeeds silently, and the next is told',
    async (_, recognizer, verdict) => {
      const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
      const [alice] = devices
      const [alices, bobs] = conversations
      const cut = alice.network.once(recognizer(), verdict)
      await alices.typing()
      await cut
      await alice.recovered()
      await alices.sendMessage('text')
      const started = next(bobs, 'typingStarted')
      await alices.typing()
      expect((await started).identity).toBe('alice')
    },
  )
})

describe('a half-open connection', () => {
  test.each([[['down']], [['up']], [['up', 'down']]] as const)(
    'that carries nothing %j is noticed within two heartbeats',
    async (dead) => {
      const world = await World.begin()
      const device = await Device.ready(world, 'alice', { isHandMoved: true })
      device.network.drop(...dead)
      const created = device.client.createConversation()
      const failed = next(device.client, 'connectionError')
      device.clock.advance(HEARTBEAT)
      expect(device.client.connectionState).toBe('connected')
      device.clock.advance(HEARTBEAT)
      expect(await failed).toMatchObject({ terminal: false, errorCode: 20503 })
      expect(device.client.connectionState).toBe('connecting')
      device.network.heal()
      device.clock.advance(1000)
      expect((await created).createdBy).toBe('alice')
    },
  )

  test('that stalls and goes on within a heartbeat is kept, and nothing is told twice', async () => {
    const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
    const [alice, bob] = devices
    const [alices, bobs] = conversations
    const heard = record(bobs, { messageAdded: ({ body }) => body })
    bob.network.hold('up', 'down')
    for (const body of ['one', 'two', 'three']) await alices.sendMessage(body)
    const sent = bobs.sendMessage('four')
    bob.clock.advance(HEARTBEAT)
    bob.network.heal()
    expect(await sent).toBe(3)
    expect(heard.map(([, body]) => body)).toEqual(['one', 'two', 'three', 'four'])
    expect([alice.failures, bob.failures, bob.network.connections]).toEqual([[], [], 1])
  })

  test('that is alive and slow is kept', async () => {
    const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
    const [, bob] = devices
    bob.network.delay = 20
    for (let turn = 0; turn < 3; turn++) {
      const answered = bob.network.once(answer('session.ping')(), 'carry')
      bob.clock.advance(HEARTBEAT)
      bob.clock.advance(1)
      await answered
      await conversations[1].sendMessage('still here')
    }
    expect([bob.failures, bob.network.connections]).toEqual([[], 1])
  })
})

describe('a quiet connection', () => {
  test('whose server answers at once is kept', async () => {
    const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
    const [, bob] = devices
    for (let turn = 0; turn < 3; turn++) {
      const answered = bob.network.once(answer('session.ping')(), 'carry')
      bob.clock.advance(HEARTBEAT)
      await answered
      // What comes after the answer to the ping: it has been heard as well.
      await conversations[1].sendMessage('still here')
    }
    expect([bob.failures, bob.network.connections]).toEqual([[], 1])
  })

  test.each([
    ['a request', request('message.send')],
    ['an answer', answer('message.send')],
  ])('on which %s got lost is given up, and what was asked is asked again', async (_, recognizer) => {
    const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
    const [alice] = devices
    const heard = record(conversations[1], { messageAdded: ({ body }) => body })
    const lost = alice.network.once(recognizer(), 'swallow')
    const sending = conversations[0].sendMessage('once')
    await lost
    const recovered = alice.recovered()
    alice.clock.advance(2 * HEARTBEAT)
    await recovered
    expect(await sending).toBe(0)
    await settle(conversations[0], conversations[1])
    expect(heard).toEqual([['messageAdded', 'once']])
  })
})

describe('Client.shutdown', () => {
  test('settles what waits for what was missed', async () => {
    const { devices, conversations } = await deviceRoom(await World.begin(), 'alice', 'bob')
    const [, bob] = devices
    const answered = bob.network.once(answer('message.send')(), 'carry')
    const asked = bob.network.once(request('conversation.resume')(), 'swallow')
    // The event is lost: the client asks for it, in vain.
    await Promise.all([bob.network.once(event('message.added')(), 'swallow'), conversations[0].sendMessage('text')])
    const sent = conversations[1].sendMessage('text')
    await answered
    await asked
    await bob.client.shutdown()
    expect(await sent).toBe(1)
  })
})

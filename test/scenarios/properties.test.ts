import type { Conversation } from '@conversa/client'
import { describe, expect, test } from 'vitest'
import { next, World } from './world.ts'

describe('Conversation.attributes', () => {
  test('are an empty object at first, then whatever JSON value was given', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice', 'bob')
    const [alices, bobs] = conversations
    expect(alices.attributes).toEqual({})
    for (const value of [{ a: [1, { b: null }] }, [1, 2], 'text', 7, true, null]) {
      const heard = next(bobs, 'updated', ({ updateReasons }) => updateReasons.includes('attributes'))
      await alices.updateAttributes(value)
      await heard
      expect([alices.attributes, bobs.attributes]).toEqual([value, value])
    }
  })
})

describe('Conversation.lastMessage, Conversation.state, Conversation.bindings, Conversation.limits', () => {
  test('are the same objects until they change, so that applications can compare them', async () => {
    const { conversations } = await (await World.begin()).room('alice')
    const [conversation] = conversations
    const shown = ({ lastMessage, state, bindings, limits, dateCreated }: Conversation) => [
      lastMessage,
      state,
      bindings,
      limits,
      dateCreated,
    ]
    await conversation.sendMessage('one')
    const before = shown(conversation)
    for (const [at, value] of shown(conversation).entries()) expect(value).toBe(before[at])
    await conversation.sendMessage('two')
    expect(shown(conversation).map((value, at) => value === before[at])).toEqual([false, true, true, true, true])
  })
})

describe('Conversation.createdBy', () => {
  test('is the identity of its creator, for everybody', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    expect(conversations.map(({ createdBy }) => createdBy)).toEqual(['alice', 'alice'])
  })
})

describe('Conversation.dateCreated', () => {
  test('is the same date for everybody, and stays', async () => {
    const before = Date.now()
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const { dateCreated } = alices
    expect(dateCreated).toBeInstanceOf(Date)
    expect(Number(dateCreated)).toBeGreaterThanOrEqual(before)
    await alices.updateFriendlyName('renamed')
    expect([alices.dateCreated, bobs.dateCreated]).toEqual([dateCreated, dateCreated])
  })
})

describe('Conversation.dateUpdated', () => {
  test('moves with a change, to the same date for everybody', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const before = Number(alices.dateUpdated)
    const heard = next(bobs, 'updated')
    await alices.updateFriendlyName('renamed')
    expect((await heard).updateReasons).toContain('dateUpdated')
    expect(Number(alices.dateUpdated)).toBeGreaterThanOrEqual(before)
    expect(bobs.dateUpdated).toEqual(alices.dateUpdated)
  })
})

describe('Conversation.friendlyName', () => {
  test('is null without a name', async () => {
    const client = await (await World.begin()).client('alice')
    expect((await client.createConversation()).friendlyName).toBeNull()
    expect((await client.createConversation({ friendlyName: 'Lunch' })).friendlyName).toBe('Lunch')
  })
})

describe('Conversation.lastReadMessageIndex', () => {
  test('is null before the user has read, and each user has their own', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    await alices.sendMessage('one')
    expect([alices.lastReadMessageIndex, bobs.lastReadMessageIndex]).toEqual([null, null])
    await bobs.updateLastReadMessageIndex(0)
    expect([alices.lastReadMessageIndex, bobs.lastReadMessageIndex]).toEqual([null, 0])
  })

  test('is seen on the other devices of the user', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice')
    const [first] = conversations
    const other = await (await world.client('alice')).getConversationBySid(first.sid)
    await first.sendMessage('one')
    const heard = next(other, 'updated', ({ updateReasons }) => updateReasons.includes('lastReadMessageIndex'))
    await first.setAllMessagesRead()
    await heard
    expect(other.lastReadMessageIndex).toBe(0)
  })
})

describe('Conversation.lastMessage', () => {
  test('is undefined, then the newest, then the newest that remains, down to undefined', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    expect(bobs.lastMessage).toBeUndefined()
    await alices.sendMessage('one')
    await alices.sendMessage('two')
    const { items } = await alices.getMessages()
    expect(alices.lastMessage).toEqual({ index: 1, dateCreated: items[1]?.dateCreated })
    for (const [message, left] of [
      [items[1], { index: 0, dateCreated: items[0]?.dateCreated }],
      [items[0], undefined],
    ] as const) {
      const heard = next(bobs, 'updated', ({ updateReasons }) => updateReasons.includes('lastMessage'))
      await message?.remove()
      await heard
      expect([alices.lastMessage, bobs.lastMessage]).toEqual([left, left])
    }
  })

  test('stays when another message than the newest is removed, and no update is told', async () => {
    const { conversations } = await (await World.begin()).room('alice')
    const [conversation] = conversations
    await conversation.sendMessage('one')
    await conversation.sendMessage('two')
    const reasons: string[] = []
    conversation.on('updated', ({ updateReasons }) => reasons.push(...updateReasons))
    const [first] = (await conversation.getMessages()).items
    await first?.remove()
    expect(conversation.lastMessage?.index).toBe(1)
    expect(reasons).not.toContain('lastMessage')
  })
})

describe('Conversation.notificationLevel', () => {
  test('is default at first, and the same on all devices of one user alone', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice', 'bob')
    const [alices, bobs] = conversations
    const other = await (await world.client('bob')).getConversationBySid(bobs.sid)
    const heard = next(other, 'updated')
    await bobs.setUserNotificationLevel('muted')
    expect((await heard).updateReasons).toEqual(['notificationLevel'])
    expect([alices, bobs, other].map((each) => each.notificationLevel)).toEqual(['default', 'muted', 'muted'])
  })
})

describe('Conversation.sid', () => {
  test('names the same conversation for everybody', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    expect(conversations[0].sid).toMatch(/^CH[0-9a-f]{32}$/)
    expect(conversations[1].sid).toBe(conversations[0].sid)
  })
})

describe('Conversation.status', () => {
  test('says whether the user is in it', async () => {
    const client = await (await World.begin()).client('alice')
    const conversation = await client.createConversation()
    expect(conversation.status).toBe('notParticipating')
    await conversation.join()
    expect(conversation.status).toBe('joined')
    await conversation.leave()
    expect(conversation.status).toBe('notParticipating')
  })
})

describe('Conversation.state', () => {
  test('says how it stands and since when; a message wakes it, and closed is final', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice', 'bob')
    const [alices, bobs] = conversations
    expect(alices.state.current).toBe('active')
    const became = (state: string) => next(bobs, 'updated', ({ conversation }) => conversation.state.current === state)
    const inactive = became('inactive')
    await world.setState(alices, 'inactive')
    expect((await inactive).updateReasons).toContain('state')
    const active = became('active')
    await alices.sendMessage('wake up')
    await active
    const closed = became('closed')
    await world.setState(alices, 'closed')
    await closed
    expect(bobs.state.dateUpdated).toBeInstanceOf(Date)
    await expect(bobs.sendMessage('too late')).rejects.toMatchObject({ code: 50377 })
    expect((await bobs.getMessages()).items.map(({ body }) => body)).toEqual(['wake up'])
  })
})

describe('Conversation.uniqueName', () => {
  test('is null without one, and finds the conversation', async () => {
    const client = await (await World.begin()).client('alice')
    expect((await client.createConversation()).uniqueName).toBeNull()
    const { sid, uniqueName } = await client.createConversation({ uniqueName: 'lunch' })
    expect(uniqueName).toBe('lunch')
    expect((await client.getConversationByUniqueName('lunch')).sid).toBe(sid)
    await expect(client.createConversation({ uniqueName: 'lunch' })).rejects.toMatchObject({ code: 50353, status: 409 })
  })
})

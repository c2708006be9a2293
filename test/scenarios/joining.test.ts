import { describe, expect, test } from 'vitest'
import { next, record, settle, World } from './world.ts'

describe('Conversation.join', () => {
  test('lets the user take part, and resolves to the conversation', async () => {
    const world = await World.begin()
    const alice = await world.client('alice')
    const bob = await world.client('bob')
    const { sid } = await alice.createConversation({ uniqueName: 'lunch' })
    const heard = record(bob, {
      conversationAdded: (each) => each.sid,
      conversationJoined: (each) => each.sid,
    })
    const found = await bob.getConversationByUniqueName('lunch')
    expect(found.status).toBe('notParticipating')
    const updated = next(found, 'updated')
    expect(await found.join()).toBe(found)
    expect((await updated).updateReasons).toContain('status')
    expect(found.status).toBe('joined')
    expect(heard).toEqual([
      ['conversationAdded', sid],
      ['conversationJoined', sid],
    ])
    expect(await found.join()).toBe(found)
  })

  test('is refused with the name of the permission that is missing', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice')
    const [conversation] = conversations
    await world.forbid('joinConversation')
    const bob = await world.client('bob')
    await expect(bob.getConversationBySid(conversation.sid)).rejects.toMatchObject({ status: 404 })
    const carols = await (await world.client('carol')).createConversation()
    // Its creator may join always.
    expect((await carols.join()).status).toBe('joined')
  })

  test('is refused for a closed one', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice')
    await world.setState(conversations[0], 'closed')
    const found = await (await world.client('bob')).getConversationBySid(conversations[0].sid)
    await expect(found.join()).rejects.toMatchObject({ code: 50377 })
  })

  test.each(['before it was found', 'before the join', 'during the join', 'after the join'])(
    'tells every message from its moment on once, and gives the others as history: a send %s',
    async (moment) => {
      const world = await World.begin()
      const { conversations } = await world.room('alice')
      const [alices] = conversations
      const bob = await world.client('bob')
      const told: number[] = []
      bob.on('messageAdded', ({ index }) => told.push(index))
      if (moment === 'before it was found') await alices.sendMessage('text')
      const found = await bob.getConversationBySid(alices.sid)
      if (moment === 'before the join') await alices.sendMessage('text')
      const joining = found.join()
      if (moment === 'during the join') await Promise.all(Array.from({ length: 20 }, () => alices.sendMessage('text')))
      await joining
      if (moment === 'after the join') await alices.sendMessage('text')
      await settle(alices, found)
      const all = (await found.getMessages(100)).items.map(({ index }) => index)
      expect(told).toEqual(all.slice(all.length - told.length))
      expect(new Set(told).size).toBe(told.length)
      if (moment === 'after the join') expect(told).toEqual([0])
      if (moment === 'before it was found') expect(told).toEqual([])
    },
  )

  test('again, after leaving, makes another participant who has read nothing, and revives the object', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    await alices.sendMessage('one')
    await bobs.setAllMessagesRead()
    const before = await bobs.getParticipantByIdentity('bob')
    await bobs.leave()
    const joined = next(clients[1], 'conversationJoined')
    await alices.add('bob')
    expect(await joined).toBe(bobs)
    expect([bobs.status, bobs.lastReadMessageIndex, await bobs.getUnreadMessagesCount()]).toEqual(['joined', null, null])
    const after = await bobs.getParticipantByIdentity('bob')
    expect(after.sid).not.toBe(before.sid)
    const heard = next(bobs, 'messageAdded')
    await alices.sendMessage('two')
    expect((await heard).body).toBe('two')
  })
})

describe('Conversation.leave', () => {
  test('tells conversationLeft, conversationRemoved and removed, in this order and once', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice', 'bob')
    const [, bobs] = conversations
    const heard: string[] = []
    clients[1].on('conversationLeft', () => heard.push('conversationLeft'))
    clients[1].on('conversationRemoved', () => heard.push('conversationRemoved'))
    bobs.on('removed', () => heard.push('removed'))
    expect(await bobs.leave()).toBe(bobs)
    expect(heard).toEqual(['conversationLeft', 'conversationRemoved', 'removed'])
    expect(await bobs.leave()).toBe(bobs)
    expect(heard).toHaveLength(3)
  })

  test('of somebody who was removed is told the same way', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const heard: string[] = []
    clients[1].on('conversationLeft', () => heard.push('conversationLeft'))
    clients[1].on('conversationRemoved', () => heard.push('conversationRemoved'))
    const removed = next(bobs, 'removed')
    await alices.removeParticipant('bob')
    await removed
    expect(heard).toEqual(['conversationLeft', 'conversationRemoved'])
  })

  test('keeps the messages of who left', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    await bobs.sendMessage('farewell')
    await bobs.leave()
    await settle(alices)
    expect((await alices.getMessages()).items.map(({ author, body }) => [author, body])).toEqual([['bob', 'farewell']])
  })
})

describe('Conversation.delete', () => {
  test('takes everything away, for everybody', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    await alices.updateUniqueName('lunch')
    const removed = next(bobs, 'removed')
    expect(await alices.delete()).toBe(alices)
    expect(await removed).toBe(bobs)
    for (const client of clients) {
      await expect(client.getConversationBySid(alices.sid)).rejects.toMatchObject({ status: 404 })
      expect((await client.getSubscribedConversations()).items).toEqual([])
    }
    await expect(bobs.sendMessage('anybody?')).rejects.toMatchObject({ status: 404 })
    expect((await clients[0].createConversation({ uniqueName: 'lunch' })).uniqueName).toBe('lunch')
  })

  test('is refused without the permission, which is named', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    await expect(conversations[1].delete()).rejects.toMatchObject({ code: 50107, detail: { permission: 'deleteConversation' } })
  })
})

describe('Conversation.removed', () => {
  test('is told once when it is deleted, with the conversation', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const heard = record(bobs, { removed: (each) => each === bobs })
    const gone = next(clients[1], 'conversationRemoved')
    await alices.delete()
    await gone
    expect(heard).toEqual([['removed', true]])
  })
})

import { describe, expect, test } from 'vitest'
import { next, record, settle, World } from './world.ts'

describe('Conversation.updateAttributes', () => {
  test('replaces them as a whole, and resolves to the conversation', async () => {
    const { conversations } = await (await World.begin()).room('alice')
    const [conversation] = conversations
    await conversation.updateAttributes({ a: 1, b: 2 })
    expect(await conversation.updateAttributes({ c: 3 })).toBe(conversation)
    expect(conversation.attributes).toEqual({ c: 3 })
  })

  test('is refused when they are too long, no JSON, or without the permission', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    await expect(alices.updateAttributes('x'.repeat(16 * 1024))).rejects.toMatchObject({ code: 50303 })
    await expect(alices.updateAttributes(() => {})).rejects.toThrow()
    const refused = { code: 50107, detail: { permission: 'editConversationAttributes' } }
    await expect(bobs.updateAttributes({})).rejects.toMatchObject(refused)
    expect(alices.attributes).toEqual({})
  })
})

describe('Conversation.getAttributes', () => {
  test('resolves to what the property shows', async () => {
    const { conversations } = await (await World.begin()).room('alice')
    const [conversation] = conversations
    await conversation.updateAttributes({ a: 1 })
    expect(await conversation.getAttributes()).toEqual({ a: 1 })
  })
})

describe('Conversation.updateFriendlyName', () => {
  test('renames, null removes the name, and everybody sees it', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    for (const name of ['Lunch', null, 'Abendessen 🍲']) {
      const heard = next(bobs, 'updated')
      expect(await alices.updateFriendlyName(name)).toBe(alices)
      expect((await heard).updateReasons).toContain('friendlyName')
      expect([alices.friendlyName, bobs.friendlyName]).toEqual([name, name])
    }
  })

  test('is refused when it is too long, or without the permission', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    await expect(alices.updateFriendlyName('x'.repeat(257))).rejects.toMatchObject({ code: 50003 })
    await expect(bobs.updateFriendlyName('x')).rejects.toMatchObject({
      code: 50107,
      detail: { permission: 'editConversationName' },
    })
  })
})

describe('Conversation.updateUniqueName', () => {
  test('names, null removes the name and frees it', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const heard = next(bobs, 'updated')
    expect(await alices.updateUniqueName('lunch')).toBe(alices)
    expect((await heard).updateReasons).toContain('uniqueName')
    expect((await clients[1].getConversationByUniqueName('lunch')).sid).toBe(alices.sid)
    await alices.updateUniqueName(null)
    expect(alices.uniqueName).toBeNull()
    await expect(clients[1].getConversationByUniqueName('lunch')).rejects.toMatchObject({ status: 404 })
    expect((await clients[1].createConversation({ uniqueName: 'lunch' })).uniqueName).toBe('lunch')
  })

  test('is refused when it is taken or looks like a SID', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice')
    await clients[0].createConversation({ uniqueName: 'taken' })
    await expect(conversations[0].updateUniqueName('taken')).rejects.toMatchObject({ code: 50353 })
    await expect(conversations[0].updateUniqueName(`CH${'0'.repeat(32)}`)).rejects.toMatchObject({ code: 50390 })
  })
})

describe('Conversation.setUserNotificationLevel', () => {
  test('mutes for the user alone, and takes nothing else', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    await bobs.setUserNotificationLevel('muted')
    expect([alices.notificationLevel, bobs.notificationLevel]).toEqual(['default', 'muted'])
    await bobs.setUserNotificationLevel('default')
    expect(bobs.notificationLevel).toBe('default')
    await expect(bobs.setUserNotificationLevel('loud' as never)).rejects.toThrow()
  })
})

describe('Conversation.updated', () => {
  test('is told once for each change, with every reason, to the conversation and to the client', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const heard = record(bobs, { updated: ({ updateReasons }) => [...updateReasons].sort() })
    const heardByClient = record(clients[1], { conversationUpdated: ({ updateReasons }) => [...updateReasons].sort() })
    await alices.updateAttributes({ a: 1 })
    await alices.updateAttributes({ a: 1 })
    await alices.sendMessage('text')
    await bobs.setUserNotificationLevel('muted')
    await bobs.setAllMessagesRead()
    const seen = [['attributes', 'dateUpdated'], ['lastMessage'], ['notificationLevel'], ['lastReadMessageIndex']]
    expect(heard.map(([, reasons]) => reasons)).toEqual(seen)
    await settle(alices, bobs)
    expect(heardByClient.slice(0, 4).map(([, reasons]) => reasons)).toEqual(seen)
  })
})

import type { Conversation } from '@conversa/client'
import { describe, expect, test } from 'vitest'
import { next, settle, World } from './world.ts'

/** A conversation of two with ten messages of alice. */
async function written(): Promise<readonly [alices: Conversation, bobs: Conversation]> {
  const { conversations } = await (await World.begin()).room('alice', 'bob')
  const [alices, bobs] = conversations
  for (let at = 0; at < 10; at++) await alices.sendMessage(`text ${at}`)
  await settle(alices, bobs)
  return [alices, bobs]
}

const isOutside = { code: 50430, status: 403 }

/** A conversation that the user created and is not in. */
async function outside(): Promise<Conversation> {
  return (await (await World.begin()).client('alice')).createConversation()
}

describe('Conversation.advanceLastReadMessageIndex', () => {
  test('goes up, never down, and tells how many are unread then', async () => {
    const [, bobs] = await written()
    expect(await bobs.advanceLastReadMessageIndex(6)).toBe(3)
    expect(await bobs.advanceLastReadMessageIndex(2)).toBe(3)
    expect(bobs.lastReadMessageIndex).toBe(6)
    expect(await bobs.advanceLastReadMessageIndex(6)).toBe(3)
  })

  test('beyond the end means the end; before the start is refused', async () => {
    const [, bobs] = await written()
    expect(await bobs.advanceLastReadMessageIndex(99)).toBe(0)
    expect(bobs.lastReadMessageIndex).toBe(9)
    for (const index of [-1, 1.5, Number.NaN, '3' as never]) {
      await expect(bobs.advanceLastReadMessageIndex(index)).rejects.toThrow()
    }
    expect(bobs.lastReadMessageIndex).toBe(9)
  })

  test('is refused when the user is not in the conversation', async () => {
    await expect((await outside()).advanceLastReadMessageIndex(0)).rejects.toMatchObject(isOutside)
  })
})

describe('Conversation.updateLastReadMessageIndex', () => {
  test('goes up and down, and tells how many are unread then', async () => {
    const [, bobs] = await written()
    expect(await bobs.updateLastReadMessageIndex(6)).toBe(3)
    expect(await bobs.updateLastReadMessageIndex(2)).toBe(7)
    expect(bobs.lastReadMessageIndex).toBe(2)
    expect(await bobs.updateLastReadMessageIndex(99)).toBe(0)
    await expect(bobs.updateLastReadMessageIndex(-1)).rejects.toThrow()
  })

  test('with null sets all messages unread', async () => {
    const [, bobs] = await written()
    await bobs.updateLastReadMessageIndex(6)
    expect(await bobs.updateLastReadMessageIndex(null)).toBe(10)
    expect(bobs.lastReadMessageIndex).toBeNull()
    expect(await bobs.getUnreadMessagesCount()).toBeNull()
  })

  test('is refused when the user is not in the conversation', async () => {
    await expect((await outside()).updateLastReadMessageIndex(0)).rejects.toMatchObject(isOutside)
  })
})

describe('Conversation.setAllMessagesRead', () => {
  test('sets the horizon to the newest message', async () => {
    const [, bobs] = await written()
    expect(await bobs.setAllMessagesRead()).toBe(0)
    expect([bobs.lastReadMessageIndex, await bobs.getUnreadMessagesCount()]).toEqual([9, 0])
  })

  test('writes nothing when there is no message', async () => {
    const { conversations } = await (await World.begin()).room('alice')
    expect(await conversations[0].setAllMessagesRead()).toBe(0)
    expect(conversations[0].lastReadMessageIndex).toBeNull()
  })
})

describe('Conversation.setAllMessagesUnread', () => {
  test('takes the horizon away', async () => {
    const [, bobs] = await written()
    await bobs.setAllMessagesRead()
    expect(await bobs.setAllMessagesUnread()).toBe(10)
    expect([bobs.lastReadMessageIndex, await bobs.getUnreadMessagesCount()]).toEqual([null, null])
  })
})

describe('Conversation.getUnreadMessagesCount', () => {
  test('is null until the user has read, then exact: own messages count, removed ones do not', async () => {
    const [alices, bobs] = await written()
    expect(await bobs.getUnreadMessagesCount()).toBeNull()
    await bobs.updateLastReadMessageIndex(4)
    expect(await bobs.getUnreadMessagesCount()).toBe(5)
    await bobs.sendMessage('own')
    expect(await bobs.getUnreadMessagesCount()).toBe(6)
    const items = (await alices.getMessages(20, 0, 'forward')).items
    await items[7]?.remove()
    await items[2]?.remove()
    await settle(alices, bobs)
    expect(await bobs.getUnreadMessagesCount()).toBe(5)
  })

  test('comes with an event: when it is told, the count is right', async () => {
    const [alices, bobs] = await written()
    await bobs.setAllMessagesRead()
    const counts: Promise<number | null>[] = []
    bobs.on('messageAdded', () => counts.push(bobs.getUnreadMessagesCount()))
    for (const text of ['a', 'b', 'c']) await alices.sendMessage(text)
    await settle(alices, bobs)
    expect(await Promise.all(counts)).toEqual([1, 2, 3])
  })

  test('is the same on all devices', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice')
    const [first] = conversations
    for (const text of ['a', 'b', 'c']) await first.sendMessage(text)
    const other = await (await world.client('alice')).getConversationBySid(first.sid)
    const heard = next(other, 'updated', ({ updateReasons }) => updateReasons.includes('lastReadMessageIndex'))
    await first.updateLastReadMessageIndex(0)
    await heard
    expect(await other.getUnreadMessagesCount()).toBe(2)
  })

  test('rejects when the user is not in the conversation', async () => {
    await expect((await outside()).getUnreadMessagesCount()).rejects.toMatchObject(isOutside)
  })
})

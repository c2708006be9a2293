import type { Message } from '@conversa/client'
import { describe, expect, test } from 'vitest'
import { next, record, settle, World } from './world.ts'

const bodies = (messages: readonly Message[]) => messages.map(({ body }) => body)

describe('Conversation.sendMessage', () => {
  test('resolves to the index, after the message was told to its sender', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const heard = record(alices, { messageAdded: ({ index }) => index })
    const indexes = []
    for (const body of ['one', 'two', 'three']) indexes.push(await alices.sendMessage(body))
    expect(indexes).toEqual([0, 1, 2])
    expect(heard).toEqual([0, 1, 2].map((index) => ['messageAdded', index]))
    expect(await bobs.sendMessage('four')).toBe(3)
  })

  test('keeps the order of the calls when nobody waits for the answers', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const texts = Array.from({ length: 50 }, (_, at) => `text ${at}`)
    const last = next(bobs, 'messageAdded', ({ body }) => body === texts.at(-1))
    const indexes = await Promise.all(texts.map((text) => alices.sendMessage(text)))
    await last
    expect(indexes).toEqual(texts.map((_, at) => at))
    expect(bodies((await bobs.getMessages(100)).items)).toEqual(texts)
  })

  test('takes attributes along', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const heard = next(bobs, 'messageAdded')
    await alices.sendMessage('hello', { mood: 'good' })
    expect((await heard).attributes).toEqual({ mood: 'good' })
    const circle: { self?: unknown } = {}
    circle.self = circle
    await expect(alices.sendMessage('hello', circle)).rejects.toThrow()
  })

  test('refuses an empty text, one that is too long, and what is no message', async () => {
    const { conversations } = await (await World.begin()).room('alice')
    const [conversation] = conversations
    await expect(conversation.sendMessage('')).rejects.toMatchObject({ code: 50503 })
    await expect(conversation.sendMessage('x'.repeat(32 * 1024 + 1))).rejects.toMatchObject({ code: 50504 })
    for (const nothing of [7, undefined, {}, []]) await expect(conversation.sendMessage(nothing as never)).rejects.toThrow()
    expect(await conversation.getMessagesCount()).toBe(0)
  })

  test('is refused when the user is not in the conversation', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const removed = next(clients[1], 'conversationRemoved')
    await alices.removeParticipant('bob')
    await removed
    await expect(bobs.sendMessage('still here?')).rejects.toMatchObject({ status: 403 })
  })
})

describe('Conversation.getMessages', () => {
  const written = async (count: number) => {
    const { conversations } = await (await World.begin()).room('alice')
    const [conversation] = conversations
    await Promise.all(Array.from({ length: count }, (_, at) => conversation.sendMessage(`text ${at}`)))
    return conversation
  }
  const texts = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => `text ${from + at}`)

  test('gives the newest 30 in the order of their index, and the way to all', async () => {
    const conversation = await written(65)
    const page = await conversation.getMessages()
    expect(bodies(page.items)).toEqual(texts(35, 64))
    expect([page.hasPrevPage, page.hasNextPage]).toEqual([true, false])
    const older = await page.prevPage()
    expect(bodies(older.items)).toEqual(texts(5, 34))
    const oldest = await older.prevPage()
    expect(bodies(oldest.items)).toEqual(texts(0, 4))
    expect(oldest.hasPrevPage).toBe(false)
    await expect(oldest.prevPage()).rejects.toThrow()
    expect(bodies((await oldest.nextPage()).items)).toEqual(texts(5, 34))
  })

  test('goes both ways from an anchor, which is included', async () => {
    const conversation = await written(20)
    expect(bodies((await conversation.getMessages(5, 10)).items)).toEqual(texts(6, 10))
    expect(bodies((await conversation.getMessages(5, 10, 'backwards')).items)).toEqual(texts(6, 10))
    expect(bodies((await conversation.getMessages(5, 10, 'forward')).items)).toEqual(texts(10, 14))
    expect(bodies((await conversation.getMessages(5, undefined, 'forward')).items)).toEqual(texts(0, 4))
    expect(bodies((await conversation.getMessages(5, 99)).items)).toEqual(texts(15, 19))
    expect((await conversation.getMessages(5, 99, 'forward')).items).toEqual([])
  })

  test('passes over what was removed', async () => {
    const conversation = await written(6)
    for (const message of (await conversation.getMessages()).items) if (message.index % 2) await message.remove()
    expect((await conversation.getMessages(2)).items.map(({ index }) => index)).toEqual([2, 4])
    expect((await conversation.getMessages(2, 3)).items.map(({ index }) => index)).toEqual([0, 2])
  })

  test('gives the same object for the same message, and it stays up to date', async () => {
    const conversation = await written(3)
    const [first] = (await conversation.getMessages(3)).items
    const [again] = (await conversation.getMessages(1, 0, 'forward')).items
    expect(again).toBe(first)
    await first?.updateBody('edited')
    expect(again?.body).toBe('edited')
  })

  test('is of an empty page in an empty conversation, and rejects what makes no sense', async () => {
    const conversation = await written(0)
    const page = await conversation.getMessages()
    expect([page.items, page.hasNextPage, page.hasPrevPage]).toEqual([[], false, false])
    await expect(conversation.getMessages(0)).rejects.toThrow()
    await expect(conversation.getMessages(5, -1)).rejects.toThrow()
    await expect(conversation.getMessages(5, 0, 'sideways' as never)).rejects.toThrow()
  })
})

describe('Conversation.getMessagesCount', () => {
  test('is exact at once, also after removals and after somebody else wrote', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    expect(await alices.getMessagesCount()).toBe(0)
    await alices.sendMessage('one')
    await alices.sendMessage('two')
    await bobs.sendMessage('three')
    await settle(alices, bobs)
    expect([await alices.getMessagesCount(), await bobs.getMessagesCount()]).toEqual([3, 3])
    await (await alices.getMessages()).items[0]?.remove()
    expect(await alices.getMessagesCount()).toBe(2)
  })
})

describe('Conversation.messageAdded', () => {
  test('is told once, in one order, to everybody, to the conversation and to the client', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const told = [alices, bobs, ...clients].map((each) =>
      record(each, { messageAdded: ({ index, body }: Message) => [index, body] }),
    )
    await Promise.all([...'abcdefgh'].map((text, at) => (at % 2 ? alices : bobs).sendMessage(text)))
    await settle(alices, bobs)
    const [first] = told
    expect(first?.map(([, picked]) => (picked as [number])[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    for (const each of told) expect(each).toEqual(first)
  })
})

describe('Conversation.messageUpdated', () => {
  test('says what changed, with the message as it is now', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    await alices.sendMessage('one')
    const [message] = (await alices.getMessages()).items
    const edited = next(bobs, 'messageUpdated')
    await message?.updateBody('edited')
    const { message: seen, updateReasons } = await edited
    expect([seen.body, seen.lastUpdatedBy, seen.index]).toEqual(['edited', 'alice', 0])
    expect(updateReasons).toEqual(expect.arrayContaining(['body', 'lastUpdatedBy', 'dateUpdated']))
    const marked = next(bobs, 'messageUpdated')
    await message?.updateAttributes({ flag: true })
    expect((await marked).updateReasons).toContain('attributes')
    expect(seen.attributes).toEqual({ flag: true })
  })
})

describe('Conversation.messageRemoved', () => {
  test('is told once to everybody, with the message that was', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    await alices.sendMessage('one')
    const heard = record(bobs, { messageRemoved: ({ index, body }) => [index, body] })
    const [held] = (await bobs.getMessages()).items
    expect(held?.body).toBe('one')
    await (await alices.getMessages()).items[0]?.remove()
    await settle(alices, bobs)
    expect(heard).toEqual([['messageRemoved', [0, 'one']]])
    expect((await bobs.getMessages()).items).toEqual([])
  })

  test('is refused for messages of others without the permission', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    await alices.sendMessage('mine')
    const [seen] = (await bobs.getMessages()).items
    await expect(seen?.remove()).rejects.toMatchObject({ code: 50107, detail: { permission: 'deleteAnyMessage' } })
    await expect(seen?.updateBody('yours')).rejects.toMatchObject({ code: 50107, detail: { permission: 'editAnyMessage' } })
  })
})

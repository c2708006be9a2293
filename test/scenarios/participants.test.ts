import { describe, expect, test } from 'vitest'
import { next, record, settle, World } from './world.ts'

describe('Conversation.add', () => {
  test('lets somebody take part who is told at once, with their attributes', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice')
    const [alices] = conversations
    const bob = await world.client('bob')
    const joined = next(bob, 'conversationJoined')
    await alices.add('bob', { seat: 4 })
    expect((await joined).sid).toBe(alices.sid)
    expect((await alices.getParticipantByIdentity('bob')).attributes).toEqual({ seat: 4 })
  })

  test('makes a user of somebody who was never there', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice')
    await conversations[0].add('a new user')
    expect((await clients[0].getUser('a new user')).identity).toBe('a new user')
  })

  test('is refused twice for one person, and without the permission, which is named', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    await expect(alices.add('bob')).rejects.toMatchObject({ code: 50433, status: 409 })
    await expect(bobs.add('carol')).rejects.toMatchObject({ code: 50107, detail: { permission: 'addParticipant' } })
    await expect(alices.add('')).rejects.toThrow()
    await expect(alices.add(7 as never)).rejects.toThrow()
  })
})

describe('Conversation.getParticipantByIdentity', () => {
  test('finds who is in it, always as the same object', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const bob = await conversations[0].getParticipantByIdentity('bob')
    expect(bob).toMatchObject({ identity: 'bob', type: 'chat', lastReadMessageIndex: null, attributes: {} })
    expect(await conversations[0].getParticipantByIdentity('bob')).toBe(bob)
    await expect(conversations[0].getParticipantByIdentity('carol')).rejects.toMatchObject({ status: 404 })
  })
})

describe('Conversation.getParticipantBySid', () => {
  test('finds who is in it, as the same object as by identity', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const bob = await conversations[0].getParticipantByIdentity('bob')
    expect(await conversations[0].getParticipantBySid(bob.sid)).toBe(bob)
    await expect(conversations[0].getParticipantBySid(`MB${'0'.repeat(32)}`)).rejects.toMatchObject({ status: 404 })
  })
})

describe('Conversation.getRoles', () => {
  test('are the roles that participants can have, and say which ones the user may give', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = await Promise.all(conversations.map((conversation) => conversation.getRoles()))
    const people = await conversations[0].getParticipants()
    expect(alices?.map(({ sid }) => sid).sort()).toEqual(people.map(({ roleSid }) => roleSid).sort())
    const member = alices?.find(({ friendlyName }) => friendlyName === 'channel user')
    expect(member).toEqual({
      sid: people[1]?.roleSid,
      friendlyName: 'channel user',
      permissions: expect.arrayContaining(['sendMessage', 'leaveConversation']),
      isAssignable: true,
    })
    expect(bobs).toEqual(alices?.map((role) => ({ ...role, isAssignable: false })))
  })

  test('are hidden from who is not in the conversation', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice')
    const seen = await (await world.client('carol')).peekConversationBySid(conversations[0].sid)
    await expect(seen.getRoles()).rejects.toMatchObject({ code: 50430 })
  })
})

describe('Conversation.getParticipants', () => {
  test('are all, in the order of joining, and follow who comes and goes', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob', 'carol')
    const [alices, bobs] = conversations
    const names = async () => (await bobs.getParticipants()).map(({ identity }) => identity)
    expect(await names()).toEqual(['alice', 'bob', 'carol'])
    await alices.removeParticipant('carol')
    await alices.add('dave')
    await settle(alices, bobs)
    expect(await names()).toEqual(['alice', 'bob', 'dave'])
  })

  test('are all of 250', async () => {
    const { conversations } = await (await World.begin()).room('alice')
    const [alices] = conversations
    const names = Array.from({ length: 249 }, (_, at) => `member ${at}`)
    await Promise.all(names.map((name) => alices.add(name)))
    const identities = (await alices.getParticipants()).map(({ identity }) => identity)
    expect(identities).toEqual(['alice', ...names])
  })
})

describe('Conversation.getParticipantsCount', () => {
  test('is exact at once', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    expect(await alices.getParticipantsCount()).toBe(2)
    await alices.add('carol')
    expect(await alices.getParticipantsCount()).toBe(3)
    await alices.removeParticipant('carol')
    await settle(alices, bobs)
    expect([await alices.getParticipantsCount(), await bobs.getParticipantsCount()]).toEqual([2, 2])
  })
})

describe('Conversation.removeParticipant', () => {
  test.each(['identity', 'SID', 'object'])('takes a participant by %s', async (way) => {
    const { clients, conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices] = conversations
    const bob = await alices.getParticipantByIdentity('bob')
    const gone = next(clients[1], 'conversationLeft')
    await alices.removeParticipant(way === 'identity' ? 'bob' : way === 'SID' ? bob.sid : bob)
    await gone
    expect((await alices.getParticipants()).map(({ identity }) => identity)).toEqual(['alice'])
  })

  test('is refused for somebody who is not in it, and without the permission', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    await expect(alices.removeParticipant('carol')).rejects.toMatchObject({ status: 404 })
    await expect(bobs.removeParticipant('alice')).rejects.toMatchObject({
      code: 50107,
      detail: { permission: 'removeParticipant' },
    })
  })
})

describe('Conversation.participantJoined', () => {
  test('is told once to everybody who is in it, the newcomer included', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice', 'bob')
    const [alices, bobs] = conversations
    const heard = [alices, bobs].map((each) => record(each, { participantJoined: ({ identity }) => identity }))
    await alices.add('carol')
    await settle(alices, bobs)
    for (const each of heard) expect(each).toEqual([['participantJoined', 'carol']])
  })
})

describe('Conversation.participantLeft', () => {
  test('is told once, whether they left or were removed', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob', 'carol')
    const [alices, bobs, carols] = conversations
    const heard = record(alices, { participantLeft: ({ identity }) => identity })
    await bobs.leave()
    await alices.removeParticipant('carol')
    await settle(alices)
    expect(heard.map(([, identity]) => identity)).toEqual(['bob', 'carol'])
    expect(carols.sid).toBe(alices.sid)
  })
})

describe('Conversation.participantUpdated', () => {
  test('says what changed: attributes, and how far somebody has read', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    await alices.sendMessage('one')
    const bob = await alices.getParticipantByIdentity('bob')
    const marked = next(alices, 'participantUpdated')
    await (await bobs.getParticipantByIdentity('bob')).updateAttributes({ seat: 4 })
    expect((await marked).updateReasons).toContain('attributes')
    const read = next(alices, 'participantUpdated')
    await bobs.setAllMessagesRead()
    const { participant, updateReasons } = await read
    expect(updateReasons).toEqual(expect.arrayContaining(['lastReadMessageIndex', 'lastReadTimestamp']))
    expect(participant).toBe(bob)
    expect([bob.attributes, bob.lastReadMessageIndex]).toEqual([{ seat: 4 }, 0])
    expect(bob.lastReadTimestamp).toBeInstanceOf(Date)
  })
})

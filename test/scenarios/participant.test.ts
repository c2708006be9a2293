import { describe, expect, test } from 'vitest'
import { next, record, settle, World } from './world.ts'

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    ({ code }: { code: number }) => code,
  )

/** Bob in a room of Alice, as each of them sees him. */
async function bobs() {
  const world = await World.begin()
  const { clients, conversations } = await world.room('alice', 'bob')
  const [alices, own] = await Promise.all(conversations.map((conversation) => conversation.getParticipantByIdentity('bob')))
  if (!alices || !own) throw new Error('Bob is not there')
  return { world, clients, conversations, alices, own }
}

describe('Participant.sid, Participant.identity, Participant.type, Participant.bindings, Participant.conversation', () => {
  test('are the same for everybody', async () => {
    const { conversations, alices, own } = await bobs()
    expect(alices.sid).toMatch(/^MB[0-9a-f]{32}$/)
    for (const [number, participant] of [alices, own].entries()) {
      expect(participant).toMatchObject({ sid: alices.sid, identity: 'bob', type: 'chat', bindings: {} })
      expect(participant.conversation).toBe(conversations[number])
    }
  })
})

describe('Participant.roleSid', () => {
  test('is that of the role which they have in the conversation', async () => {
    const { conversations, alices } = await bobs()
    const creator = await conversations[0].getParticipantByIdentity('alice')
    expect([alices.roleSid, creator.roleSid]).toEqual([expect.stringMatching(/^RL/), expect.stringMatching(/^RL/)])
    expect(creator.roleSid).not.toBe(alices.roleSid)
  })
})

describe('Participant.updateRole', () => {
  test('gives another role, with which they may do more at once', async () => {
    const { conversations, alices, own } = await bobs()
    const { roleSid } = await conversations[0].getParticipantByIdentity('alice')
    await expect(conversations[1].updateFriendlyName('Lunch')).rejects.toMatchObject({ code: 50107 })
    const heard = next(own, 'updated')
    expect(await alices.updateRole(roleSid)).toBe(alices)
    expect(alices.roleSid).toBe(roleSid)
    expect((await heard).updateReasons).toContain('roleSid')
    expect(own.roleSid).toBe(roleSid)
    await conversations[1].updateFriendlyName('Lunch')
  })

  test('is refused to those who may not, who are told why, and for what is no role', async () => {
    const { conversations, alices, own } = await bobs()
    const { roleSid } = await conversations[0].getParticipantByIdentity('alice')
    await expect(own.updateRole(roleSid)).rejects.toMatchObject({ code: 50107, detail: { permission: 'addParticipant' } })
    await expect(alices.updateRole(`RL${'0'.repeat(32)}`)).rejects.toMatchObject({ code: 50100 })
    expect(await codeOf(alices.updateRole(''))).toBe(20001)
    expect(await codeOf(alices.updateRole('no role'))).toBe(20001)
  })

  test('changes the own role too: who steps down cannot take it back', async () => {
    const { conversations, alices } = await bobs()
    const alice = await conversations[0].getParticipantByIdentity('alice')
    const { roleSid } = alice
    await alice.updateRole(alices.roleSid)
    expect(alice.roleSid).toBe(alices.roleSid)
    await expect(alice.updateRole(roleSid)).rejects.toMatchObject({ code: 50107 })
  })
})

describe('Participant.attributes, Participant.updateAttributes', () => {
  test('are an empty object at first, and replaced as a whole', async () => {
    const { alices, own } = await bobs()
    expect(alices.attributes).toEqual({})
    for (const value of [{ a: 1 }, [1], 'text', 7, false, null]) {
      const heard = next(alices, 'updated')
      expect(await own.updateAttributes(value)).toBe(own)
      await heard
      expect([own.attributes, alices.attributes]).toEqual([value, value])
    }
  })

  test('are refused for others without the permission, and when they are no JSON', async () => {
    const { conversations, own } = await bobs()
    const alice = await conversations[1].getParticipantByIdentity('alice')
    await expect(alice.updateAttributes({})).rejects.toMatchObject({ code: 50107 })
    expect(await codeOf(own.updateAttributes(undefined))).toBe(20001)
  })
})

describe('Participant.dateCreated, Participant.dateUpdated', () => {
  test('say when they came and when they changed last', async () => {
    const { alices, own } = await bobs()
    expect(alices.dateCreated).toEqual(own.dateCreated)
    const heard = next(alices, 'updated')
    await own.updateAttributes({ a: 1 })
    await heard
    expect(alices.dateUpdated).toEqual(own.dateUpdated)
    expect(Number(alices.dateUpdated)).toBeGreaterThanOrEqual(Number(alices.dateCreated))
  })
})

describe('Participant.lastReadMessageIndex, Participant.lastReadTimestamp', () => {
  test('are null before they read, and seen by everybody then', async () => {
    const { conversations, alices } = await bobs()
    await conversations[0].sendMessage('one')
    await settle(...conversations)
    expect([alices.lastReadMessageIndex, alices.lastReadTimestamp]).toEqual([null, null])
    const heard = next(alices, 'updated')
    await conversations[1].setAllMessagesRead()
    expect((await heard).updateReasons).toEqual(expect.arrayContaining(['lastReadMessageIndex', 'lastReadTimestamp']))
    expect([alices.lastReadMessageIndex, alices.lastReadTimestamp]).toEqual([0, expect.any(Date)])
  })
})

describe('Participant.isTyping, Participant.typingStarted, Participant.typingEnded', () => {
  test('are told by the participant who types, until their message comes', async () => {
    const { conversations, alices } = await bobs()
    const told = record(alices, {
      typingStarted: (participant) => [participant === alices, participant.isTyping],
      typingEnded: (participant) => [participant === alices, participant.isTyping],
    })
    expect(alices.isTyping).toBe(false)
    const started = next(alices, 'typingStarted')
    await conversations[1].typing()
    await started
    await conversations[1].sendMessage('there')
    await settle(...conversations)
    expect(told).toEqual([
      ['typingStarted', [true, true]],
      ['typingEnded', [true, false]],
    ])
  })
})

describe('Participant.updated', () => {
  test('is told once per change, with the participant and every reason', async () => {
    const { conversations, alices, own } = await bobs()
    const told = record(alices, {
      updated: ({ participant, updateReasons }) => [participant === alices, updateReasons.includes('attributes')],
    })
    await own.updateAttributes({ a: 1 })
    await settle(...conversations)
    expect(told).toEqual([['updated', [true, true]]])
  })
})

describe('Participant.getUser', () => {
  test('is the user who takes part, as the same object as from the client', async () => {
    const { clients, alices } = await bobs()
    expect(await alices.getUser()).toBe(await clients[0].getUser('bob'))
  })
})

describe('Participant.remove', () => {
  test('takes them out of the conversation', async () => {
    const { clients, conversations, alices } = await bobs()
    const gone = next(clients[1], 'conversationRemoved')
    expect(await alices.remove()).toBeUndefined()
    expect((await gone).sid).toBe(conversations[0].sid)
    expect(await conversations[0].getParticipantsCount()).toBe(1)
    expect(await codeOf(alices.remove())).toBe(50432)
  })
})

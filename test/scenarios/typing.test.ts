import { describe, expect, test } from 'vitest'
import { next, record, settle, World } from './world.ts'

describe('Conversation.typing', () => {
  test('is told to the others and not to oneself; faster than the rate it succeeds silently', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob', 'carol')
    const [alices, bobs, carols] = conversations
    const own = record(alices, { typingStarted: ({ identity }) => identity })
    const heard = record(bobs, { typingStarted: ({ identity }) => identity })
    const started = [bobs, carols].map((each) => next(each, 'typingStarted'))
    for (let key = 0; key < 20; key++) await alices.typing()
    expect((await Promise.all(started)).map(({ identity }) => identity)).toEqual(['alice', 'alice'])
    await settle(alices, bobs, carols)
    expect(heard).toEqual([['typingStarted', 'alice']])
    expect(own).toEqual([])
  })

  test('is refused when the user is not in the conversation', async () => {
    const conversation = await (await (await World.begin()).client('alice')).createConversation()
    await expect(conversation.typing()).rejects.toMatchObject({ status: 403 })
  })
})

describe('Conversation.typingStarted', () => {
  test('gives the participant, who is typing', async () => {
    const { clients, conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const [started, startedForClient] = [next(bobs, 'typingStarted'), next(clients[1], 'typingStarted')]
    await alices.typing()
    const participant = await started
    expect([participant.identity, participant.isTyping]).toEqual(['alice', true])
    expect(await startedForClient).toBe(participant)
  })
})

describe('Conversation.typingEnded', () => {
  test('is told when the message comes, before it', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const started = next(bobs, 'typingStarted')
    await alices.typing()
    const participant = await started
    const heard = record(bobs, { typingEnded: ({ identity }) => identity, messageAdded: ({ body }) => body })
    const added = next(bobs, 'messageAdded')
    await alices.sendMessage('done')
    await added
    expect(heard).toEqual([
      ['typingEnded', 'alice'],
      ['messageAdded', 'done'],
    ])
    expect(participant.isTyping).toBe(false)
  })

  test('is told when nothing follows for a while, and typing again puts it off', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const heard = record(bobs, { typingStarted: () => '', typingEnded: ({ isTyping }) => isTyping })
    const ended = next(bobs, 'typingEnded')
    await alices.typing()
    await ended
    expect(heard).toEqual([
      ['typingStarted', ''],
      ['typingEnded', false],
    ])
  })

  test('is told when somebody who types leaves', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const started = next(alices, 'typingStarted')
    await bobs.typing()
    await started
    const heard = record(alices, { typingEnded: ({ identity }) => identity, participantLeft: ({ identity }) => identity })
    await bobs.leave()
    await settle(alices)
    expect(heard).toEqual([
      ['typingEnded', 'bob'],
      ['participantLeft', 'bob'],
    ])
  })
})

import { systemClock } from '@conversa/server'
import { describe, expect, test } from 'vitest'
import { deviceRoom } from './device.ts'
import { HandClock } from './hand-clock.ts'
import { next, record, settle, World } from './world.ts'

/** Milliseconds after which somebody who types on is told of again, and those after which who does not is taken to have ended. */
const [AGAIN, TIMEOUT] = [5000, 6000]

/** Alice and Bob, and what lets time pass for both of them and for the server. */
async function byHand() {
  const clock = new HandClock()
  const { devices, conversations } = await deviceRoom(await World.begin({ clock, transport: systemClock }), 'alice', 'bob')
  const [alices, bobs] = conversations
  const pass = (ms: number) => {
    for (const each of [clock, ...devices.map((device) => device.clock)]) each.advance(ms)
  }
  return { alices, bobs, pass }
}

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

  test('is told anew after a message, also if that was sent before the answer came', async () => {
    const { conversations } = await (await World.begin()).room('alice', 'bob')
    const [alices, bobs] = conversations
    const typed = alices.typing()
    await Promise.all([typed, alices.sendMessage('fast')])
    const heard = record(bobs, { typingStarted: ({ identity }) => identity })
    await alices.typing()
    await settle(alices, bobs)
    expect(heard).toEqual([['typingStarted', 'alice']])
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

  test('is told when nothing follows for a while', async () => {
    const { alices, bobs, pass } = await byHand()
    const heard = record(bobs, { typingStarted: () => '', typingEnded: ({ isTyping }) => isTyping })
    const started = next(bobs, 'typingStarted')
    await alices.typing()
    await started
    pass(TIMEOUT - 1)
    expect(heard).toEqual([['typingStarted', '']])
    pass(1)
    expect(heard).toEqual([
      ['typingStarted', ''],
      ['typingEnded', false],
    ])
  })

  test('is not told while somebody types on, whose keys are told of as seldom as that takes', async () => {
    const { alices, bobs, pass } = await byHand()
    const heard = record(bobs, { typingStarted: () => '', typingEnded: () => '' })
    // A key every half second, for a minute.
    for (let key = 0; key < 120; key++) {
      await alices.typing()
      await settle(alices, bobs)
      pass(500)
    }
    const started = heard.filter(([name]) => name === 'typingStarted')
    expect(heard).toEqual(started)
    expect(started).toHaveLength(60_000 / AGAIN)
    pass(TIMEOUT)
    expect(heard.at(-1)).toEqual(['typingEnded', ''])
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

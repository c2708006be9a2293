import { expect, test } from 'vitest'
import type { BeginWorld } from './core-contract.ts'
import { refusalOf } from './core-world.ts'

/** Typing: rest-and-semantics 3.11. */
export function typingContract(begin: BeginWorld): void {
  test('is told to the others, on all their devices, and kept nowhere', async () => {
    const world = await begin()
    const [anna, ben, carl] = [await world.user('anna'), await world.user('ben'), await world.user('carl')]
    const conversationSid = await anna.converse()
    await anna.add(conversationSid, ben)
    const before = await world.conversation(conversationSid)
    const [own, otherOwn] = [await anna.listen(), await anna.listen()]
    const [his, hisOther, stranger] = [await ben.listen(), await ben.listen(), await carl.listen()]
    expect(await world.core.startTyping(anna.actor, conversationSid)).toEqual({ timeout: 5000 })
    const participantSid = (await anna.view(conversationSid)).membership?.participantSid
    const event = { type: 'typing.started', conversationSid, identity: 'anna', participantSid, timeout: 6000 }
    for (const recorder of [his, hisOther]) expect(recorder.take()).toEqual([event])
    for (const recorder of [own, otherOwn, stranger]) expect(recorder.take()).toEqual([])
    expect(await world.conversation(conversationSid)).toEqual(before)
  })

  test('is for participants only', async () => {
    const world = await begin()
    const anna = await world.user('anna')
    const conversationSid = await anna.converse()
    const recorder = await anna.listen()
    const type = async (actor = anna.actor) => refusalOf(await world.core.startTyping(actor, conversationSid))
    expect(await type((await world.user('carl')).actor)).toBe('not-a-participant')
    expect(await type((await world.serviceAdmin()).actor)).toBe('not-a-participant')
    expect(await type(world.backEnd.actor)).toBe('not-a-participant')
    expect(await type((await world.userWith('dora', [])).actor)).toBe('conversation-not-found')
    expect(recorder.heard).toEqual([])
  })

  test('is told once in two seconds, however often and on however many devices', async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const [first, second] = [await anna.converse(), await anna.converse()]
    for (const conversationSid of [first, second]) await anna.add(conversationSid, ben)
    const recorder = await ben.listen()
    const type = (who: typeof anna, conversationSid: string) => world.core.startTyping(who.actor, conversationSid)
    const answers = await Promise.all(Array.from({ length: 20 }, () => type(anna, first)))
    expect(answers).toEqual(Array(20).fill({ timeout: 5000 }))
    expect(recorder.takeTypes()).toEqual(['typing.started'])
    world.pass(1999)
    await type(anna, first)
    expect(recorder.takeTypes()).toEqual([])
    await type(anna, second)
    expect(recorder.takeTypes()).toEqual(['typing.started'])
    world.pass(1)
    await type(anna, first)
    expect(recorder.takeTypes()).toEqual(['typing.started'])
  })

  test('that was refused may be told at once when it is allowed', async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const conversationSid = await anna.converse()
    expect(refusalOf(await world.core.startTyping(ben.actor, conversationSid))).toBe('not-a-participant')
    await anna.add(conversationSid, ben)
    const recorder = await anna.listen()
    await world.core.startTyping(ben.actor, conversationSid)
    expect(recorder.takeTypes()).toEqual(['typing.started'])
  })
}

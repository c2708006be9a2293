import { describe, expect, test } from 'vitest'
import { INQUIRIES } from '../queries/inquiry.ts'
import type { GivenTimers } from '../records/conversation-timers.ts'
import type { ConversationRecord } from '../records/records.ts'
import type { BeginWorld } from './core-contract.ts'
import { refusalOf } from './core-world.ts'
import { Witness } from './law.ts'

const MINUTE = 60_000

/** States that change by themselves when nothing is said (rest-and-semantics 3.1). */
export function conversationTimersContract(begin: BeginWorld): void {
  /** Anna's conversation, with timers, and what she is told of its state from then on. */
  const stage = async (timers: GivenTimers) => {
    const world = await begin()
    const anna = await world.user('anna')
    const conversationSid = await anna.converse()
    const set = (given: GivenTimers) =>
      world.submit({
        about: {},
        command: () => ({ type: 'conversation.update', conversationSid }) as const,
        given: { timers: given },
      })
    await set(timers)
    /** Lets minutes pass, and what is due by then happen. @returns how many transitions, and the state */
    const pass = async (minutes: number) => {
      world.pass(Math.round(minutes * MINUTE))
      const count = await world.core.carryOutTimers()
      return [count, (await world.conversation(conversationSid)).state]
    }
    return { world, anna, conversationSid, set, pass }
  }

  test('both timers count from the same moment, and each does its work once', async () => {
    const { pass, anna, conversationSid } = await stage({ inactive: 5 * MINUTE, closed: 12 * MINUTE })
    const witness = await Witness.of(anna)
    expect(await pass(4.999)).toEqual([0, 'active'])
    expect(await pass(0.001)).toEqual([1, 'inactive'])
    await witness.testify()
    expect(await pass(6.999)).toEqual([0, 'inactive'])
    expect(await pass(0.001)).toEqual([1, 'closed'])
    expect(await pass(1000)).toEqual([0, 'closed'])
    expect(await witness.testify()).toBe(1)
    expect(refusalOf(await anna.try({ type: 'message.send', conversationSid, body: 'late' }))).toBe('conversation-closed')
  })

  test('what was due while nobody looked happens in its order', async () => {
    const { pass, anna, conversationSid } = await stage({ inactive: 5 * MINUTE, closed: 12 * MINUTE })
    const heard = await anna.listen()
    expect(await pass(60)).toEqual([2, 'closed'])
    expect(heard.take()).toMatchObject([
      { type: 'conversation.updated', conversationSid, changes: { state: 'inactive' } },
      { type: 'conversation.updated', conversationSid, changes: { state: 'closed' } },
    ])
  })

  test('who looks twice at once carries it out once', async () => {
    const { world, conversationSid } = await stage({ inactive: MINUTE })
    const { revision } = await world.conversation(conversationSid)
    world.pass(MINUTE)
    await Promise.all([world.core.carryOutTimers(), world.core.carryOutTimers()])
    expect(await world.conversation(conversationSid)).toMatchObject({ state: 'inactive', revision: revision + 1 })
  })

  describe('counting begins again', () => {
    test('with every message, one with an old date too, which wakes an inactive one', async () => {
      const { pass, anna, world, conversationSid } = await stage({ inactive: 5 * MINUTE, closed: 12 * MINUTE })
      await pass(4)
      await anna.send(conversationSid, 'still here')
      expect(await pass(4)).toEqual([0, 'active'])
      expect(await pass(1)).toEqual([1, 'inactive'])
      await world.submit({
        about: {},
        command: () => ({ type: 'message.send', conversationSid, body: 'imported' }) as const,
        given: { dateCreated: 1000 },
      })
      expect(await pass(4.999)).toEqual([0, 'active'])
      expect(await pass(0.001)).toEqual([1, 'inactive'])
      expect(await pass(7)).toEqual([1, 'closed'])
    })

    test('when a back end makes it active, and with timers that are given', async () => {
      const { pass, set, world, conversationSid } = await stage({ inactive: 5 * MINUTE, closed: 20 * MINUTE })
      await pass(6)
      await world.backEnd.do({ type: 'conversation.update', conversationSid, state: 'active' })
      expect(await pass(4.999)).toEqual([0, 'active'])
      await set({ inactive: 6 * MINUTE })
      expect(await pass(5.999)).toEqual([0, 'active'])
      expect(await pass(0.001)).toEqual([1, 'inactive'])
      expect(await pass(13.999)).toEqual([0, 'inactive'])
      expect(await pass(0.001)).toEqual([1, 'closed'])
    })

    test('and with nothing else', async () => {
      const { pass, anna, world, conversationSid } = await stage({ inactive: 5 * MINUTE })
      await pass(4)
      await anna.add(conversationSid, await world.user('ben'))
      await anna.do({ type: 'conversation.update', conversationSid, friendlyName: 'renamed' })
      expect(await pass(1)).toEqual([1, 'inactive'])
    })
  })

  test('without the one to inactive it closes straight away; a timer that is taken away does nothing', async () => {
    const straight = await stage({ closed: 10 * MINUTE })
    expect(await straight.pass(10)).toEqual([1, 'closed'])
    const without = await stage({ inactive: MINUTE, closed: 10 * MINUTE })
    await without.set({ inactive: null, closed: null })
    expect(await without.pass(1000)).toEqual([0, 'active'])
    expect((await without.world.conversation(without.conversationSid)).timers).toBeNull()
  })

  test('one that comes no earlier than the other ends it at once', async () => {
    const { pass } = await stage({ inactive: 10 * MINUTE, closed: 10 * MINUTE })
    expect(await pass(10)).toEqual([1, 'closed'])
  })

  test('a conversation begins with timers, and is left alone when it is gone', async () => {
    const { world } = await stage({})
    const { sid } = await world.submit<'conversation.create', ConversationRecord>({
      about: {},
      command: () => ({ type: 'conversation.create' }),
      given: { timers: { inactive: MINUTE } },
      show: ({ conversation }) => INQUIRIES.conversation(conversation.sid),
    })
    expect((await world.conversation(sid)).timers).toEqual({ inactive: MINUTE, closed: null, since: world.now })
    await world.backEnd.do({ type: 'conversation.delete', conversationSid: sid })
    world.pass(MINUTE)
    expect(await world.core.carryOutTimers()).toBe(0)
  })

  test('they are not too short', async () => {
    const { set } = await stage({ inactive: MINUTE, closed: 10 * MINUTE })
    await expect(set({ inactive: MINUTE - 1 })).rejects.toMatchObject({ refusal: { name: 'timer-inactive-too-short' } })
    await expect(set({ inactive: 0 })).rejects.toMatchObject({ refusal: { name: 'timer-inactive-too-short' } })
    await expect(set({ closed: 10 * MINUTE - 1 })).rejects.toMatchObject({ refusal: { name: 'timer-closed-too-short' } })
  })
}

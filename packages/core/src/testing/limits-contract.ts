import type { Command } from '@conversa/protocol'
import { describe, expect, test } from 'vitest'
import type { CoreLimits } from '../core.ts'
import type { HookPorts, HookRequest } from '../hooks/hook-courier.ts'
import { Refusal } from '../records/refusal.ts'
import type { BeginWorld } from './core-contract.ts'
import { type CoreWorld, type Person, refusalOf } from './core-world.ts'

/** Limits that an operator sets: rest-and-semantics 3.7. */
export function limitsContract(begin: BeginWorld): void {
  /** A conversation of two, and a core with limits on the same store. */
  const room = async (limits: CoreLimits, hooks?: HookPorts) => {
    const world = await begin()
    const [anna, ben, carl] = [await world.user('anna'), await world.user('ben'), await world.user('carl')]
    const conversationSid = await anna.converse()
    await anna.add(conversationSid, ben)
    const core = world.coreWith({}, { limits, hooks })
    const act = async (who: Person, command: Command) => refusalOf(await core.execute(who.actor, command))
    const say = (who: Person, body: string, key?: string) =>
      act(who, { type: 'message.send', conversationSid, body, ...(key !== undefined && { key }) })
    return { world, anna, ben, carl, conversationSid, core, act, say }
  }

  const TOO_FAST = 'actions-too-fast'

  describe('actions per second', () => {
    test('are unlimited unless it is set', async () => {
      const { anna, say, world, conversationSid } = await room({})
      for (let at = 0; at < 200; at++) expect(await say(anna, `${at}`)).not.toBe(TOO_FAST)
      expect((await world.conversation(conversationSid)).messagesCount).toBe(200)
    })

    test('in one conversation: so many at once, whoever they are, and more as time passes', async () => {
      const { world, anna, ben, say, conversationSid } = await room({ rates: { conversation: 4 } })
      for (const who of [anna, ben, anna, ben]) expect(await say(who, 'in')).not.toBe(TOO_FAST)
      expect(await say(anna, 'out')).toBe(TOO_FAST)
      expect(await say(ben, 'out')).toBe(TOO_FAST)
      world.pass(249)
      expect(await say(anna, 'out')).toBe(TOO_FAST)
      world.pass(1)
      expect(await say(anna, 'in')).not.toBe(TOO_FAST)
      expect(await say(anna, 'out')).toBe(TOO_FAST)
      world.pass(60_000)
      for (let at = 0; at < 4; at++) expect(await say(ben, 'in')).not.toBe(TOO_FAST)
      expect(await say(ben, 'out')).toBe(TOO_FAST)
      expect((await anna.messages(conversationSid)).map(({ body }) => body)).toEqual(Array(9).fill('in'))
    })

    test('say when there is room again, and then there is', async () => {
      const { world, anna, core, conversationSid } = await room({ rates: { conversation: 3 } })
      const command = { type: 'message.send', conversationSid, body: 'x' } as const
      for (let at = 0; at < 3; at++) await core.execute(anna.actor, command)
      for (let turn = 0; turn < 10; turn++) {
        const refusal = (await core.execute(anna.actor, command)) as Refusal
        expect(refusal.body()).toMatchObject({ code: 50063, status: 429, retry: 'later', detail: { limit: 3 } })
        const { retryAfter } = refusal.detail as { retryAfter: number }
        expect(retryAfter).toBeGreaterThan(0)
        expect(retryAfter).toBeLessThanOrEqual(334)
        world.pass(retryAfter)
        expect(await core.execute(anna.actor, command)).not.toBeInstanceOf(Refusal)
      }
    })

    test('of a conversation leave every other one alone, and those of a service are its own', async () => {
      const { anna, act, conversationSid } = await room({ rates: { conversation: 1, service: 2 } })
      const other = await anna.converse()
      const rename = (sid: string) => act(anna, { type: 'conversation.update', conversationSid: sid, friendlyName: 'x' })
      expect(await rename(conversationSid)).not.toBe(TOO_FAST)
      expect(await rename(conversationSid)).toBe(TOO_FAST)
      expect(await rename(other)).not.toBe(TOO_FAST)
      const create = () => act(anna, { type: 'conversation.create' })
      expect(await create()).not.toBe(TOO_FAST)
      expect(await act(anna, { type: 'user.update', friendlyName: 'Anna' })).not.toBe(TOO_FAST)
      expect(await create()).toBe(TOO_FAST)
      expect(await act(anna, { type: 'user.update', friendlyName: 'Annie' })).toBe(TOO_FAST)
    })

    test('that are refused change nothing and tell nobody', async () => {
      const { world, anna, ben, say, act, conversationSid } = await room({ rates: { conversation: 1 } })
      await say(anna, 'in')
      const before = await world.conversation(conversationSid)
      const recorder = await ben.listen()
      expect(await say(anna, 'out')).toBe(TOO_FAST)
      expect(await act(anna, { type: 'participant.remove', conversationSid, participant: 'ben' })).toBe(TOO_FAST)
      expect(await act(ben, { type: 'readHorizon.set', conversationSid, index: 0, advance: true })).toBe(TOO_FAST)
      expect(await world.conversation(conversationSid)).toEqual(before)
      expect(recorder.heard).toEqual([])
    })

    test('are not used up by what is refused for another reason', async () => {
      const { anna, carl, say, act, conversationSid } = await room({ rates: { conversation: 2, service: 2 } })
      for (let at = 0; at < 10; at++) expect(await say(carl, 'from outside')).not.toBe(TOO_FAST)
      const taken = { type: 'participant.add', conversationSid, identity: 'ben' } as const
      for (let at = 0; at < 10; at++) expect(await act(anna, taken)).toBe('participant-exists')
      expect(await say(anna, 'in')).not.toBe(TOO_FAST)
      expect(await say(anna, 'in')).not.toBe(TOO_FAST)
      expect(await say(carl, 'from outside')).not.toBe(TOO_FAST)
    })

    test('are not counted again when one is repeated with its key, which gets its first answer even then', async () => {
      const { anna, say } = await room({ rates: { conversation: 1 } })
      const first = await say(anna, 'once', 'k1')
      expect(await say(anna, 'out')).toBe(TOO_FAST)
      expect(await say(anna, 'once', 'k1')).toEqual(first)
    })

    test('are kept exactly by many at once', async () => {
      const { world, anna, say, conversationSid } = await room({ rates: { conversation: 10 } })
      const answers = await Promise.all(Array.from({ length: 50 }, (_, at) => say(anna, `${at}`)))
      expect(answers.filter((answer) => answer === TOO_FAST)).toHaveLength(40)
      expect((await world.conversation(conversationSid)).messagesCount).toBe(10)
    })

    test('of back ends count the same, and their key is good for another try', async () => {
      const { world, core, anna, say, conversationSid } = await room({ rates: { conversation: 1 } })
      await say(anna, 'in')
      const submit = () =>
        core.submit<'message.send', object>(world.backEnd.actor as Parameters<typeof core.submit>[0], {
          about: { conversation: conversationSid },
          command: () => ({ type: 'message.send', conversationSid, body: 'of a back end' }),
          key: { scope: 's', key: 'k', request: 'r', life: 60_000 },
        })
      expect(refusalOf(await submit())).toBe(TOO_FAST)
      world.pass(1000)
      expect(await submit()).not.toBeInstanceOf(Refusal)
      expect(await submit()).not.toBeInstanceOf(Refusal)
      expect((await world.conversation(conversationSid)).messagesCount).toBe(2)
    })
  })

  describe('a webhook that is asked before', () => {
    const asking = async (limits: CoreLimits) => {
      const asked: HookRequest[] = []
      const hooks: HookPorts = {
        async send(request) {
          asked.push(request)
          return { status: 200, body: '' }
        },
        unanswered() {},
      }
      const all = await room(limits, hooks)
      await preHook(all.world)
      return { ...all, asked }
    }

    test('is not asked about what is refused for its pace', async () => {
      const { anna, say, asked, world } = await asking({ rates: { conversation: 2 } })
      for (let at = 0; at < 2; at++) expect(await say(anna, 'in')).not.toBe(TOO_FAST)
      expect(asked).toHaveLength(2)
      for (let at = 0; at < 5; at++) expect(await say(anna, 'out')).toBe(TOO_FAST)
      expect(asked).toHaveLength(2)
      world.pass(500)
      expect(await say(anna, 'in')).not.toBe(TOO_FAST)
      expect(asked).toHaveLength(3)
    })

    test('is asked once about what is counted once', async () => {
      const { anna, say, asked } = await asking({ rates: { conversation: 2 } })
      await Promise.all([say(anna, '1'), say(anna, '2'), say(anna, '3'), say(anna, '4')])
      expect(asked).toHaveLength(2)
    })
  })

  describe('conversations of one user', () => {
    const limits = { conversationsPerIdentity: 2 }
    const FULL = 'conversation-limit-reached'

    test('are as many as anybody likes unless it is set', async () => {
      const { anna } = await room({})
      for (let at = 0; at < 5; at++) await anna.converse()
      expect((await anna.ask({ type: 'conversation.list', limit: 100 })).conversations).toHaveLength(6)
    })

    test('are no more than that, whoever adds them; the others may still come', async () => {
      const { anna, ben, act, world } = await room(limits)
      const [second, third] = [await anna.converse(), (await anna.do({ type: 'conversation.create' })).conversation.sid]
      const add = (conversationSid: string, identity: string, who = anna) =>
        act(who, { type: 'participant.add', conversationSid, identity })
      expect(await add(third, 'anna')).toBe(FULL)
      expect(await add(third, 'anna', world.backEnd)).toBe(FULL)
      expect(await add(third, 'ben', world.backEnd)).not.toBe(FULL)
      expect(await add(second, 'ben')).toBe(FULL)
      expect((await ben.ask({ type: 'conversation.list', limit: 100 })).conversations).toHaveLength(2)
    })

    test('count while they are not closed', async () => {
      const { anna, act, world, conversationSid } = await room(limits)
      await anna.converse()
      const third = (await anna.do({ type: 'conversation.create' })).conversation.sid
      const join = () => act(anna, { type: 'participant.add', conversationSid: third, identity: 'anna' })
      expect(await join()).toBe(FULL)
      await world.setState(conversationSid, 'inactive')
      expect(await join()).toBe(FULL)
      await world.setState(conversationSid, 'closed')
      expect(await join()).not.toBe(FULL)
    })

    test('count when a conversation begins with its participants, which is then not made', async () => {
      const { anna, core, world } = await room(limits)
      await anna.converse()
      const assemble = (...identities: string[]) =>
        core.submit<'conversation.assemble', object>(world.backEnd.actor as Parameters<typeof core.submit>[0], {
          about: {},
          command: () => ({
            type: 'conversation.assemble',
            uniqueName: 'new',
            participants: identities.map((identity) => ({ identity })),
          }),
        })
      expect(refusalOf(await assemble('dora', 'anna'))).toBe(FULL)
      expect(await world.store.read((reads) => reads.conversationByName(world.serviceSid, 'new'))).toBeUndefined()
      expect(await assemble('dora', 'ben')).not.toBeInstanceOf(Refusal)
    })
  })
}

/** Lets the webhook of the service be asked before messages. */
async function preHook(world: CoreWorld): Promise<void> {
  await world.submit<'webhooks.update', object>({
    about: {},
    command: () => ({
      type: 'webhooks.update',
      level: 'service',
      preUrl: 'https://hooks.example.org/',
      filters: ['onMessageAdd'],
    }),
  })
}

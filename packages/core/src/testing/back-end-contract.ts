import { describe, expect, test } from 'vitest'
import { INQUIRIES } from '../queries/inquiry.ts'
import type { BeginWorld } from './core-contract.ts'
import { type CoreWorld, type Person, Refused } from './core-world.ts'
import { Witness } from './law.ts'

/** The way in for back ends: what only they may say, and how it reaches everybody (rest-and-semantics 1.4, 3.13). */
export function backEndContract(begin: BeginWorld): void {
  /** Anna's room with Ben, two messages in it; both witness what happens. */
  const stage = async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const conversationSid = await anna.converse()
    await anna.add(conversationSid, ben)
    for (const body of ['0', '1']) await anna.send(conversationSid, body)
    return { world, anna, ben, conversationSid, witnesses: [await Witness.of(anna), await Witness.of(ben)] }
  }

  type Stage = Awaited<ReturnType<typeof stage>>

  const past = { dateCreated: 1000, dateUpdated: 2000 }

  /** Everything that a back end says beside commands, and the commands of its own that clients hear of. */
  const said: Readonly<Record<string, (stage: Stage) => Promise<unknown>>> = {
    'dates of a conversation': ({ world, conversationSid }) =>
      world.submit({ about: {}, command: () => ({ type: 'conversation.update', conversationSid }), given: past }),
    'an old message for somebody': ({ world, conversationSid }) =>
      world.submit({
        about: {},
        command: () => ({ type: 'message.send', conversationSid, body: 'b' }),
        given: { author: 'ben', ...past },
      }),
    'every part of the last message': ({ world, conversationSid }) =>
      world.submit({
        about: {},
        command: () => ({ type: 'message.update', conversationSid, index: 1, body: 'b', attributes: '[1]' }),
        given: { author: 'x', subject: 's', ...past },
      }),
    'the date of another message': ({ world, conversationSid }) =>
      world.submit({
        about: {},
        command: () => ({ type: 'message.update', conversationSid, index: 0 }),
        given: { dateCreated: 1 },
      }),
    'all of a participant': async ({ world, conversationSid }) =>
      world.submit({
        about: {},
        command: () => ({ type: 'participant.update', conversationSid, participant: 'ben', attributes: '[1]' }),
        given: {
          ...past,
          roleSid: await world.roleSid('channel admin'),
          lastReadMessageIndex: 0,
          lastReadTimestamp: 5,
          notificationLevel: 'muted',
        },
      }),
    'a role of a user': async ({ world }) =>
      world.submit({
        about: {},
        command: () => ({ type: 'user.update', identity: 'ben' }),
        given: { roleSid: await world.roleSid('service admin') },
      }),
    'a room with people': ({ world }) =>
      world.submit({
        about: {},
        command: () => ({ type: 'conversation.assemble', participants: [{ identity: 'ben' }, { identity: 'anna' }] }),
        given: past,
      }),
    'the end of a user': ({ world }) => world.submit({ about: {}, command: () => ({ type: 'user.delete', identity: 'carl' }) }),
  }

  describe('the law holds for what only back ends say', () => {
    test.each(Object.entries(said))('%s', async (_, say) => {
      const scene = await stage()
      const { world, anna, conversationSid, witnesses } = scene
      await anna.add(conversationSid, await world.user('carl'))
      for (const witness of witnesses) await witness.testify()
      world.pass(1000)
      await say(scene)
      let heard = 0
      for (const witness of witnesses) heard += await witness.testify()
      expect(heard).toBeGreaterThan(0)
      await anna.send(conversationSid, 'and on')
      for (const witness of witnesses) await witness.testify()
      for (const witness of witnesses) await witness.testifyFromThePast()
    })
  })

  test('nothing that a client sends is taken for what only back ends say', async () => {
    const { world, anna, conversationSid } = await stage()
    const smuggled = { author: 'ben', roleSid: await world.roleSid('channel admin'), given: past, ...past }
    const { index } = await anna.do({ type: 'message.send', conversationSid, body: 'b', ...smuggled } as SendOf)
    const sent = (await anna.messages(conversationSid)).find((message) => message.index === index)
    expect(sent).toMatchObject({ author: 'anna', dateCreated: world.now, dateUpdated: world.now })
  })

  test('who comes back to a name that somebody else had meanwhile gets no news of the other', async () => {
    const { world, ben } = await stage()
    const old = await world.core.catchUpUser(ben.actor, undefined)
    await world.submit({ about: {}, command: () => ({ type: 'user.delete', identity: 'ben' }) })
    const again = await world.user('ben')
    await change(world, again)
    const { news, user } = await world.core.catchUpUser(again.actor, old.news.revision)
    expect(news).toHaveProperty('snapshot')
    expect(user.sid).not.toBe(old.user.sid)
  })

  test('a command and what it shows are of one moment, and a refusal stores nothing', async () => {
    const { world, conversationSid } = await stage()
    const renamed = (friendlyName: string) =>
      world.submit({
        about: { conversation: conversationSid },
        command: (named) => ({ type: 'conversation.update', conversationSid: named.conversationSid, friendlyName }),
        show: (_result, named) => INQUIRIES.conversation(named.conversationSid),
      })
    const names = ['a', 'b', 'c', 'd']
    expect((await Promise.all(names.map(renamed))).map(({ friendlyName }) => friendlyName)).toEqual(names)
    await expect(renamed('x'.repeat(257))).rejects.toThrow(Refused)
    // Which one comes last is not said: a store may carry them out in any order.
    expect(names).toContain((await world.conversation(conversationSid)).friendlyName)
  })
}

type SendOf = { type: 'message.send'; conversationSid: string; body: string }

/** As many events of a user as make their revision pass that of the one before. */
async function change(world: CoreWorld, person: Person): Promise<void> {
  for (let number = 0; number < 9; number++) {
    world.pass(1)
    await person.do({ type: 'user.update', friendlyName: `name ${number}` })
  }
}

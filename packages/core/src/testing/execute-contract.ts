import type { Command } from '@conversa/protocol'
import { describe, expect, test } from 'vitest'
import type { BeginWorld } from './core-contract.ts'
import { refusalOf } from './core-world.ts'

/** What was sent before, and whoever sent it does not know what became of it. */
const AGAIN = { isRepeated: true }

/** The one way in: keys (G2), order (G3), and acknowledgements that come after the event (G1). */
export function executeContract(begin: BeginWorld): void {
  const room = async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const conversationSid = await anna.converse()
    await anna.add(conversationSid, ben)
    await anna.send(conversationSid, 'first')
    return { world, anna, ben, conversationSid }
  }

  /** Every command that takes a key, but a send; and the same with another content. */
  const keyed: ((conversationSid: string) => readonly [Command, Command])[] = [
    () => [
      { type: 'conversation.create', friendlyName: 'a' },
      { type: 'conversation.create', friendlyName: 'b' },
    ],
    (conversationSid) => [
      { type: 'conversation.update', conversationSid, friendlyName: 'a' },
      { type: 'conversation.update', conversationSid, friendlyName: 'b' },
    ],
    (conversationSid) => [
      { type: 'membership.update', conversationSid, notificationLevel: 'muted' },
      { type: 'membership.update', conversationSid, notificationLevel: 'default' },
    ],
    (conversationSid) => [
      { type: 'participant.add', conversationSid, identity: 'carl' },
      { type: 'participant.add', conversationSid, identity: 'dora' },
    ],
    (conversationSid) => [
      { type: 'participant.update', conversationSid, participant: 'ben', attributes: '[1]' },
      { type: 'participant.update', conversationSid, participant: 'ben', attributes: '[2]' },
    ],
    (conversationSid) => [
      { type: 'participant.remove', conversationSid, participant: 'ben' },
      { type: 'participant.remove', conversationSid, participant: 'anna' },
    ],
    (conversationSid) => [
      { type: 'readHorizon.set', conversationSid, index: 0 },
      { type: 'readHorizon.set', conversationSid, index: null },
    ],
    (conversationSid) => [
      { type: 'message.update', conversationSid, index: 0, body: 'a' },
      { type: 'message.update', conversationSid, index: 0, body: 'b' },
    ],
    (conversationSid) => [
      { type: 'message.remove', conversationSid, index: 0 },
      { type: 'message.remove', conversationSid, index: 1 },
    ],
    () => [
      { type: 'user.update', friendlyName: 'a' },
      { type: 'user.update', friendlyName: 'b' },
    ],
    (conversationSid) => [
      { type: 'conversation.delete', conversationSid },
      { type: 'user.update', friendlyName: 'b' },
    ],
  ]

  test.each(keyed.map((pair) => [pair('CH')[0].type, pair] as const))('%s with a key happens once', async (_, pair) => {
    const { anna, conversationSid } = await room()
    const recorder = await anna.listen()
    const [command, other] = pair(conversationSid)
    const first = await anna.do({ ...command, key: 'k' })
    const told = recorder.take().length
    const [again, ...more] = await Promise.all([1, 2, 3].map(() => anna.do({ ...command, key: 'k' })))
    expect([again, ...more]).toEqual([first, first, first])
    expect(recorder.take()).toEqual([])
    const reused = await anna.try({ ...other, key: 'k' })
    expect(reused).toMatchObject({ name: 'key-reused' })
    expect('body' in reused && reused.body()).toMatchObject({ code: 20409, status: 409 })
    expect(recorder.take()).toEqual([])
    expect(told).toBeGreaterThanOrEqual(command.type === 'conversation.create' ? 0 : 1)
  })

  test('a key that comes several times at once is carried out once', async () => {
    const { world, anna, conversationSid } = await room()
    const add = { type: 'participant.add', conversationSid, identity: 'carl', key: 'k' } as const
    const answers = await Promise.all([1, 2, 3, 4].map(() => anna.do(add)))
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect((await world.conversation(conversationSid)).participantsCount).toBe(3)
  })

  test('a refusal is not remembered: the same key may succeed later', async () => {
    const { world, anna, conversationSid } = await room()
    const command = { type: 'participant.remove', conversationSid, participant: 'carl', key: 'k' } as const
    expect(refusalOf(await anna.try(command))).toBe('participant-not-found')
    await anna.add(conversationSid, await world.user('carl'))
    await anna.do(command)
    expect((await world.conversation(conversationSid)).participantsCount).toBe(2)
  })

  test('that of a repeated command is: a first try that comes late does not take effect after it', async () => {
    const { world, anna, conversationSid } = await room()
    const command = { type: 'participant.remove', conversationSid, participant: 'carl', key: 'k' } as const
    expect(refusalOf(await anna.try(command, AGAIN))).toBe('participant-not-found')
    await anna.add(conversationSid, await world.user('carl'))
    expect(refusalOf(await anna.try(command))).toBe('participant-not-found')
    expect(refusalOf(await anna.try({ ...command, participant: 'ben' }))).toBe('key-reused')
    expect((await world.conversation(conversationSid)).participantsCount).toBe(3)
    world.pass(3_600_000)
    await anna.do(command)
    expect((await world.conversation(conversationSid)).participantsCount).toBe(2)
  })

  test('a key belongs to one actor', async () => {
    const { world, anna, ben } = await room()
    for (const person of [anna, ben, world.backEnd]) {
      const command = { type: 'conversation.create', friendlyName: person.identity, key: 'k' } as const
      expect((await person.do(command)).conversation.friendlyName).toBe(person.identity)
    }
  })

  test('the kept answer stands also when what it was about is gone', async () => {
    const { anna } = await room()
    const command = { type: 'conversation.create', uniqueName: 'team', key: 'k' } as const
    const first = await anna.do(command)
    await anna.join(first.conversation.sid)
    await anna.do({ type: 'conversation.delete', conversationSid: first.conversation.sid })
    expect(await anna.do(command)).toEqual(first)
    expect(refusalOf(await anna.tryToAsk({ type: 'conversation.get', uniqueName: 'team' }))).toBe('conversation-not-found')
  })

  describe('the key of a send', () => {
    test('is refused again when it was refused to who asked again, whoever may send by then; other keys are not', async () => {
      const { anna, ben, conversationSid } = await room()
      await anna.do({ type: 'participant.remove', conversationSid, participant: 'ben' })
      const send = { type: 'message.send', conversationSid, body: 'late', attributes: '{}' } as const
      expect(refusalOf(await ben.try({ ...send, key: 'k' }, AGAIN))).toBe('not-a-participant')
      await anna.add(conversationSid, ben)
      const before = await anna.view(conversationSid)
      expect(refusalOf(await ben.try({ ...send, key: 'k' }))).toBe('not-a-participant')
      expect(await anna.view(conversationSid)).toEqual(before)
      expect(await Promise.all(['l', 'm'].map((key) => ben.do({ ...send, key })))).toMatchObject([{ index: 1 }, { index: 2 }])
      expect(await anna.do({ ...send, key: 'k' })).toMatchObject({ index: 3 })
    })

    test('is refused for the moment only when that was the reason', async () => {
      const { world, ben, conversationSid } = await room()
      const core = world.coreWith({}, { limits: { rates: { conversation: 1 } } })
      const send = { type: 'message.send', conversationSid, body: 'b', key: 'k' } as const
      await core.execute(ben.actor, { ...send, key: 'l' })
      expect(refusalOf(await core.execute(ben.actor, send, AGAIN))).toBe('actions-too-fast')
      expect(await ben.do(send)).toMatchObject({ index: 2 })
    })

    test('makes one message, however often and however fast it comes', async () => {
      const { anna, conversationSid } = await room()
      const sends = await Promise.all([1, 2, 3].map(() => anna.send(conversationSid, 'once', 'k')))
      expect(sends.map(({ index }) => index)).toEqual([1, 1, 1])
      expect(await anna.send(conversationSid, 'once', 'k')).toEqual(sends[0])
      expect(await anna.send(conversationSid, 'next')).toMatchObject({ index: 2 })
      expect(await anna.view(conversationSid)).toMatchObject({ messagesCount: 3 })
    })

    test('answers what the first send did, also after an edit, a removal and a closing', async () => {
      const { world, anna, conversationSid } = await room()
      const first = await anna.send(conversationSid, 'once', 'k')
      await anna.do({ type: 'message.update', conversationSid, index: 1, body: 'edited' })
      expect(await anna.send(conversationSid, 'once', 'k')).toEqual(first)
      await anna.do({ type: 'message.remove', conversationSid, index: 1 })
      expect(await anna.send(conversationSid, 'once', 'k')).toEqual(first)
      await world.setState(conversationSid, 'closed')
      expect(await anna.send(conversationSid, 'once', 'k')).toEqual(first)
      expect(await anna.messages(conversationSid)).toHaveLength(1)
      expect(await anna.view(conversationSid)).toMatchObject({ messagesCount: 1, lastMessage: { index: 0 } })
    })

    test('does not wake, does not tell and does not count when it is repeated', async () => {
      const { world, anna, conversationSid } = await room()
      await anna.send(conversationSid, 'once', 'k')
      await world.setState(conversationSid, 'inactive')
      const before = await world.conversation(conversationSid)
      const recorder = await anna.listen()
      await anna.send(conversationSid, 'once', 'k')
      expect(await world.conversation(conversationSid)).toEqual(before)
      expect(recorder.heard).toEqual([])
    })

    test('belongs to one author and one conversation', async () => {
      const { world, anna, ben, conversationSid } = await room()
      const other = await anna.converse()
      await anna.send(conversationSid, 'hers', 'k')
      expect(await ben.send(conversationSid, 'his', 'k')).toMatchObject({ index: 2 })
      expect(await world.backEnd.send(conversationSid, 'the back end’s', 'k')).toMatchObject({ index: 3 })
      expect(await anna.send(other, 'elsewhere', 'k')).toMatchObject({ index: 0 })
    })

    test('tells its owner what became of it after they left, and sends nothing new', async () => {
      const { ben, conversationSid } = await room()
      const first = await ben.send(conversationSid, 'once', 'k')
      await ben.leave(conversationSid)
      expect(await ben.send(conversationSid, 'once', 'k')).toEqual(first)
      expect(refusalOf(await ben.try({ type: 'message.send', conversationSid, body: 'twice', key: 'l' }))).toBe(
        'not-a-participant',
      )
    })

    test('is not one of the other commands', async () => {
      const { anna, conversationSid } = await room()
      await anna.do({ type: 'conversation.update', conversationSid, friendlyName: 'x', key: 'k' })
      expect(await anna.send(conversationSid, 'once', 'k')).toMatchObject({ index: 1 })
      await anna.do({ type: 'user.update', friendlyName: 'x', key: 'other' })
    })
  })

  test('who acts is told after everybody was, in the order of the revisions', async () => {
    const { anna, ben, conversationSid } = await room()
    const recorder = await ben.listen()
    const sends = Array.from({ length: 30 }, async (_, at) => {
      const { index } = await anna.send(conversationSid, `${at}`)
      const indexes = recorder.heard.map((event) => event.type === 'message.added' && event.message.index)
      expect(indexes).toContain(index)
    })
    await Promise.all(sends)
    const revisions = recorder.take().map((event) => 'revision' in event && event.revision)
    expect(revisions).toEqual(Array.from({ length: 30 }, (_, at) => at + 5))
  })

  test('revisions follow one another, also when commands come at once and some are refused', async () => {
    const { anna, ben, conversationSid } = await room()
    const recorder = await anna.listen()
    const { revision } = await anna.view(conversationSid)
    await Promise.all([
      anna.send(conversationSid, 'a'),
      ben.try({ type: 'conversation.update', conversationSid, friendlyName: 'refused' }),
      anna.do({ type: 'conversation.update', conversationSid, friendlyName: 'x' }),
      ben.do({ type: 'readHorizon.set', conversationSid, index: 1 }),
      anna.try({ type: 'message.update', conversationSid, index: 77, body: 'x' }),
      anna.do({ type: 'message.remove', conversationSid, index: 0 }),
      ben.leave(conversationSid),
    ])
    const seen = recorder.take().map((event) => ('revision' in event ? [event.type, event.revision - revision] : []))
    expect(seen).toEqual([
      ['message.added', 1],
      ['conversation.updated', 2],
      ['participant.updated', 3],
      ['message.removed', 4],
      ['participant.left', 5],
    ])
  })
}

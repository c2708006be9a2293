import { LIMITS } from '@conversa/protocol'
import { describe, expect, test } from 'vitest'
import type { BeginWorld } from './core-contract.ts'
import { refusalOf, sid } from './core-world.ts'

/** Participants: rest-and-semantics 3.2, 3.6, 3.7 and 3.10. */
export function participantContract(begin: BeginWorld): void {
  const room = async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    return { world, anna, ben, conversationSid: await anna.converse() }
  }

  test('who joins or is added is in it, and has never read', async () => {
    const { world, anna, ben, conversationSid } = await room()
    await anna.send(conversationSid, 'earlier')
    world.pass(1000)
    const { participant } = await anna.do({ type: 'participant.add', conversationSid, identity: 'ben', attributes: '{"n": 1}' })
    expect(participant).toEqual({
      sid: expect.stringMatching(/^MB[0-9a-f]{32}$/),
      identity: 'ben',
      binding: null,
      roleSid: await world.roleSid('channel user'),
      attributes: '{"n": 1}',
      lastReadMessageIndex: null,
      lastReadTimestamp: null,
      dateCreated: world.now,
      dateUpdated: world.now,
    })
    const view = await ben.view(conversationSid)
    expect(view).toMatchObject({ participantsCount: 2, revision: 4 })
    const nothingRead = { notificationLevel: 'default', lastReadMessageIndex: null, lastReadTimestamp: null, unread: null }
    expect(view.membership).toEqual({ participantSid: participant.sid, ...nothingRead })
    expect((await ben.ask({ type: 'conversation.list' })).conversations).toEqual([view])
    const joined = await (await world.user('carl')).join(conversationSid)
    expect(joined).toMatchObject({ identity: 'carl', attributes: '{}' })
  })

  test('the creator gets the role of creators, everybody else the one of members', async () => {
    const { world, anna, ben, conversationSid } = await room()
    await anna.add(conversationSid, ben)
    const roleOf = async (participant: string) =>
      (await anna.ask({ type: 'participant.get', conversationSid, participant })).participant.roleSid
    expect(await roleOf('anna')).toBe(await world.roleSid('channel admin'))
    expect(await roleOf('ben')).toBe(await world.roleSid('channel user'))
  })

  test('who is not known yet becomes a user', async () => {
    const { world, anna, conversationSid } = await room()
    await anna.do({ type: 'participant.add', conversationSid, identity: 'new 😀' })
    const { user } = await anna.ask({ type: 'user.get', identity: 'new 😀' })
    expect(user).toMatchObject({ identity: 'new 😀', friendlyName: null, roleSid: await world.roleSid('service user') })
    const signedIn = await world.user('new 😀')
    expect((await signedIn.ask({ type: 'conversation.list' })).conversations.map((view) => view.sid)).toEqual([conversationSid])
  })

  test('who is refused does not become a user', async () => {
    const { anna, conversationSid } = await room()
    const command = { type: 'participant.add', conversationSid, identity: 'carl', attributes: 'wrong' } as const
    expect(refusalOf(await anna.try(command))).toBe('attributes-invalid')
    expect(refusalOf(await anna.tryToAsk({ type: 'user.get', identity: 'carl' }))).toBe('user-not-found')
  })

  test.each([
    ['x'.repeat(257), 'identity-too-long'],
    [sid('US', 1), 'identity-looks-like-sid'],
    [sid('MB', 1), 'identity-looks-like-sid'],
    ['system', 'identity-reserved'],
  ])('refuses the identity %s', async (identity, error) => {
    const { anna, conversationSid } = await room()
    expect(refusalOf(await anna.try({ type: 'participant.add', conversationSid, identity }))).toBe(error)
    expect((await anna.view(conversationSid)).participantsCount).toBe(1)
  })

  test.each(['x'.repeat(256), 'System', 'MB123', 'Anna', ' anna', 'a\nb', 'ü/?#😀'])(
    'accepts the identity %s',
    async (identity) => {
      const { anna, conversationSid } = await room()
      await anna.do({ type: 'participant.add', conversationSid, identity })
      const { participant } = await anna.ask({ type: 'participant.get', conversationSid, participant: identity })
      expect(participant.identity).toBe(identity)
      expect((await anna.view(conversationSid)).participantsCount).toBe(2)
    },
  )

  test('nobody is in a conversation twice', async () => {
    const { anna, ben, conversationSid } = await room()
    await anna.add(conversationSid, ben)
    const again = { type: 'participant.add', conversationSid, identity: 'ben' } as const
    expect(refusalOf(await anna.try(again))).toBe('participant-exists')
    expect(refusalOf(await ben.try(again))).toBe('participant-exists')
    const answers = await Promise.all([1, 2, 3].map(() => anna.try({ ...again, identity: 'carl' })))
    expect(answers.map(refusalOf).filter((answer) => answer === 'participant-exists')).toHaveLength(2)
    expect((await anna.view(conversationSid)).participantsCount).toBe(3)
  })

  test(`there is room for ${LIMITS.participantsPerConversation}, and for the next when one leaves`, async () => {
    const { world, conversationSid } = await room()
    const add = (number: number) => world.backEnd.try({ type: 'participant.add', conversationSid, identity: `u${number}` })
    const answers = await Promise.all(Array.from({ length: LIMITS.participantsPerConversation }, (_, number) => add(number)))
    const refused = answers.map(refusalOf).filter((answer) => typeof answer === 'string')
    expect(refused).toEqual(['participant-limit-reached'])
    expect((await world.conversation(conversationSid)).participantsCount).toBe(LIMITS.participantsPerConversation)
    await world.backEnd.do({ type: 'participant.remove', conversationSid, participant: 'u7' })
    expect(refusalOf(await add(2000))).not.toBe('participant-limit-reached')
    expect(refusalOf(await add(2001))).toBe('participant-limit-reached')
  })

  test('who leaves is out, and what they said stays', async () => {
    const { anna, ben, conversationSid } = await room()
    await anna.add(conversationSid, ben)
    await ben.send(conversationSid, 'mine')
    await ben.leave(conversationSid)
    expect(await anna.view(conversationSid)).toMatchObject({ participantsCount: 1, messagesCount: 1 })
    expect(await anna.messages(conversationSid)).toMatchObject([{ author: 'ben', body: 'mine' }])
    expect((await ben.ask({ type: 'conversation.list' })).conversations).toEqual([])
    expect(refusalOf(await ben.try({ type: 'message.send', conversationSid, body: 'x' }))).toBe('not-a-participant')
    expect(refusalOf(await ben.tryToAsk({ type: 'message.page', conversationSid }))).toBe('not-a-participant')
    const again = { type: 'participant.remove', conversationSid, participant: 'ben' } as const
    expect(refusalOf(await anna.try(again))).toBe('participant-not-found')
  })

  test('who comes back is somebody else: a new SID, never read, not muted', async () => {
    const { anna, ben, conversationSid } = await room()
    await anna.add(conversationSid, ben)
    const first = (await ben.view(conversationSid)).membership
    await anna.send(conversationSid, 'one')
    await ben.do({ type: 'readHorizon.set', conversationSid, index: 0 })
    await ben.do({ type: 'membership.update', conversationSid, notificationLevel: 'muted' })
    await ben.leave(conversationSid)
    await anna.add(conversationSid, ben)
    const second = (await ben.view(conversationSid)).membership
    expect(second).toMatchObject({ lastReadMessageIndex: null, notificationLevel: 'default', unread: null })
    expect(second?.participantSid).not.toBe(first?.participantSid)
  })

  test('the last one who leaves leaves an empty conversation', async () => {
    const { world, anna, conversationSid } = await room()
    await anna.send(conversationSid, 'hello')
    await anna.leave(conversationSid)
    expect(await world.conversation(conversationSid)).toMatchObject({ participantsCount: 0, messagesCount: 1 })
    await anna.join(conversationSid)
    expect((await anna.messages(conversationSid)).map(({ body }) => body)).toEqual(['hello'])
  })

  describe('names', () => {
    test('finds a participant by SID and by identity', async () => {
      const { anna, conversationSid } = await room()
      const { participant } = await anna.do({ type: 'participant.add', conversationSid, identity: 'MB-like' })
      for (const name of [participant.sid, 'MB-like']) {
        const found = await anna.ask({ type: 'participant.get', conversationSid, participant: name })
        expect(found).toEqual({ participant, revision: 3 })
      }
      await anna.do({ type: 'participant.update', conversationSid, participant: participant.sid, attributes: '[]' })
      await anna.do({ type: 'participant.remove', conversationSid, participant: participant.sid })
      expect(refusalOf(await anna.tryToAsk({ type: 'participant.get', conversationSid, participant: 'MB-like' }))).toBe(
        'participant-not-found',
      )
    })

    test('does not find the participant of another conversation', async () => {
      const { anna, ben, conversationSid } = await room()
      const other = await ben.converse()
      const foreign = (await ben.view(other)).membership!.participantSid
      for (const participant of [foreign, 'ben', sid('MB', 99)]) {
        const answers = [
          await anna.tryToAsk({ type: 'participant.get', conversationSid, participant }),
          await anna.try({ type: 'participant.update', conversationSid, participant, attributes: '[]' }),
          await anna.try({ type: 'participant.remove', conversationSid, participant }),
        ]
        expect(answers.map(refusalOf)).toEqual(answers.map(() => 'participant-not-found'))
      }
    })
  })

  test('an update changes the attributes, and tells when it does', async () => {
    const { world, anna, ben, conversationSid } = await room()
    await anna.add(conversationSid, ben)
    const before = (await anna.ask({ type: 'participant.get', conversationSid, participant: 'ben' })).participant
    const recorder = await anna.listen()
    world.pass(1000)
    const update = { type: 'participant.update', conversationSid, participant: 'ben' } as const
    await anna.do({ ...update, attributes: '{"seat":1}' })
    await ben.do({ ...update, attributes: '{"seat":1}' })
    await ben.do(update)
    const { participant } = await anna.ask({ type: 'participant.get', conversationSid, participant: 'ben' })
    expect(participant).toEqual({ ...before, attributes: '{"seat":1}', dateUpdated: world.now })
    expect(recorder.takeTypes()).toEqual(['participant.updated'])
  })

  test('what a client may not set is not set', async () => {
    const { anna, ben, conversationSid } = await room()
    await anna.add(conversationSid, ben)
    const smuggled = { notificationLevel: 'muted', lastReadMessageIndex: 5, sid: sid('MB', 9) }
    const update = { type: 'participant.update', conversationSid, participant: 'ben', attributes: '[1]', ...smuggled } as const
    const before = (await ben.ask({ type: 'participant.get', conversationSid, participant: 'ben' })).participant
    await ben.do(update as { type: 'participant.update'; conversationSid: string; participant: string })
    const { participant } = await ben.ask({ type: 'participant.get', conversationSid, participant: 'ben' })
    expect(participant).toEqual({ ...before, attributes: '[1]' })
  })

  test('the list comes in the order of joining, in pages', async () => {
    const { world, anna, conversationSid } = await room()
    const identities = ['zoe', 'ben', 'carl', 'Dora']
    for (const identity of identities) {
      await anna.do({ type: 'participant.add', conversationSid, identity })
      world.pass(1)
    }
    for (const limit of [1, 2, 5, 100]) {
      const listed: (string | null)[] = []
      for (let after: string | null | undefined; after !== null; ) {
        const page = await anna.ask({ type: 'participant.list', conversationSid, limit, ...(after && { after }) })
        listed.push(...page.participants.map(({ identity }) => identity))
        expect(page.revision).toBe(6)
        after = page.next
      }
      expect(listed).toEqual(['anna', ...identities])
    }
  })

  test('muting is between a user and a conversation: it has no revision there, and nobody else hears of it', async () => {
    const { anna, ben, conversationSid } = await room()
    await anna.add(conversationSid, ben)
    const before = await ben.view(conversationSid)
    const [hers, his] = [await anna.listen(), await ben.listen()]
    const mute = { type: 'membership.update', conversationSid, notificationLevel: 'muted' } as const
    await ben.do(mute)
    await ben.do(mute)
    const membership = { ...before.membership!, notificationLevel: 'muted' as const }
    expect(await ben.view(conversationSid)).toEqual({ ...before, membership })
    expect(hers.heard).toEqual([])
    expect(his.take()).toMatchObject([{ type: 'membership.updated', changes: { notificationLevel: 'muted' } }])
    await ben.do({ ...mute, notificationLevel: 'default' })
    expect(await ben.view(conversationSid)).toEqual(before)
  })
}

import { expect, test } from 'vitest'
import type { BeginWorld } from './core-contract.ts'
import { type CoreWorld, type Person, refusalOf, sid } from './core-world.ts'

const LONGEST = '😀'.repeat(128)

/** Conversations: rest-and-semantics 3.1, 3.2, 3.7 and 3.10. */
export function conversationContract(begin: BeginWorld): void {
  const withAnna = async () => {
    const world = await begin()
    return { world, anna: await world.user('anna') }
  }

  test('one that is created has what was given, and nobody in it', async () => {
    const { world, anna } = await withAnna()
    const naming = { uniqueName: 'team', friendlyName: 'The team', attributes: '{"a": 1}' }
    const { conversation } = await anna.do({ type: 'conversation.create', ...naming })
    expect(conversation).toEqual({
      ...naming,
      sid: expect.stringMatching(/^CH[0-9a-f]{32}$/),
      revision: 1,
      createdBy: 'anna',
      dateCreated: world.now,
      dateUpdated: world.now,
      state: 'active',
      stateUpdated: world.now,
      messagesCount: 0,
      participantsCount: 0,
      bindings: {},
      lastMessage: null,
      membership: null,
    })
    expect(await anna.view(conversation.sid)).toEqual(conversation)
    expect((await anna.ask({ type: 'conversation.list' })).conversations).toEqual([])
    expect((await anna.ask({ type: 'participant.list', conversationSid: await anna.converse() })).participants).toHaveLength(1)
  })

  test('one that is created with nothing has nothing', async () => {
    const { world, anna } = await withAnna()
    const { conversation } = await anna.do({ type: 'conversation.create', uniqueName: '', friendlyName: null })
    expect(conversation).toMatchObject({ uniqueName: null, friendlyName: null, attributes: '{}' })
    const made = await world.backEnd.do({ type: 'conversation.create' })
    expect(made.conversation.createdBy).toBe('system')
  })

  test('what a client may not set is not set', async () => {
    const { world, anna } = await withAnna()
    const smuggled = {
      sid: sid('CH', 7),
      createdBy: 'ben',
      state: 'closed',
      revision: 9,
      serviceSid: sid('IS', 9),
      messagesCount: 5,
    }
    const { conversation } = await anna.do({ type: 'conversation.create', ...smuggled } as { type: 'conversation.create' })
    expect(conversation).toMatchObject({ createdBy: 'anna', state: 'active', revision: 1, messagesCount: 0 })
    expect(conversation.sid).not.toBe(smuggled.sid)
    await anna.join(conversation.sid)
    const before = await world.conversation(conversation.sid)
    const { state: _, ...foreign } = smuggled
    const update = { type: 'conversation.update', conversationSid: conversation.sid, friendlyName: 'x', ...foreign } as const
    await anna.do(update as { type: 'conversation.update'; conversationSid: string })
    expect(await world.conversation(conversation.sid)).toEqual({ ...before, friendlyName: 'x', revision: 3 })
  })

  test.each([
    ['friendlyName', 'x'.repeat(257), 'friendly-name-too-long'],
    ['friendlyName', `${LONGEST}x`, 'friendly-name-too-long'],
    ['uniqueName', 'x'.repeat(257), 'unique-name-too-long'],
    ['uniqueName', `CH${'0'.repeat(32)}`, 'unique-name-looks-like-sid'],
    ['uniqueName', `IMabcdefABCDEF${'0'.repeat(20)}`, 'unique-name-looks-like-sid'],
  ])('refuses a %s like %s', async (field, name, error) => {
    const { anna } = await withAnna()
    expect(refusalOf(await anna.try({ type: 'conversation.create', [field]: name }))).toBe(error)
    const conversationSid = await anna.converse()
    expect(refusalOf(await anna.try({ type: 'conversation.update', conversationSid, [field]: name }))).toBe(error)
    expect((await anna.view(conversationSid)).revision).toBe(2)
  })

  test.each([
    ['friendlyName', 'x'.repeat(256)],
    ['friendlyName', LONGEST],
    ['friendlyName', `CH${'0'.repeat(32)}`],
    ['uniqueName', 'x'.repeat(256)],
    ['uniqueName', `CH${'0'.repeat(31)}`],
    ['uniqueName', `CH${'0'.repeat(33)}`],
    ['uniqueName', `ch${'0'.repeat(32)}`],
    ['uniqueName', `CH${'0'.repeat(31)}g`],
    ['uniqueName', 'a/b?c#d%20 ü😀'],
  ])('accepts a %s like %s', async (field, name) => {
    const { anna } = await withAnna()
    const conversationSid = await anna.converse({ [field]: name })
    expect(await anna.view(conversationSid)).toMatchObject({ [field]: name })
  })

  test('a unique name is taken once, and finds its conversation', async () => {
    const { anna } = await withAnna()
    const team = await anna.converse({ uniqueName: 'team' })
    const other = await anna.converse()
    expect(refusalOf(await anna.try({ type: 'conversation.create', uniqueName: 'team' }))).toBe('unique-name-taken')
    const rename = { type: 'conversation.update', conversationSid: other, uniqueName: 'team' } as const
    expect(refusalOf(await anna.try(rename))).toBe('unique-name-taken')
    expect((await anna.ask({ type: 'conversation.get', uniqueName: 'team' })).conversation.sid).toBe(team)
    await anna.do({ type: 'conversation.update', conversationSid: team, uniqueName: null })
    expect(refusalOf(await anna.tryToAsk({ type: 'conversation.get', uniqueName: 'team' }))).toBe('conversation-not-found')
    await anna.do(rename)
    expect((await anna.ask({ type: 'conversation.get', uniqueName: 'team' })).conversation.sid).toBe(other)
  })

  test('of two that claim a name at once, one gets it', async () => {
    const { anna } = await withAnna()
    const answers = await Promise.all([1, 2, 3].map(() => anna.try({ type: 'conversation.create', uniqueName: 'team' })))
    expect(answers.map(refusalOf).filter((answer) => answer === 'unique-name-taken')).toHaveLength(2)
  })

  test('a search without a name finds nothing', async () => {
    const { anna } = await withAnna()
    await anna.converse()
    expect(refusalOf(await anna.tryToAsk({ type: 'conversation.get' }))).toBe('conversation-not-found')
    expect(refusalOf(await anna.tryToAsk({ type: 'conversation.get', uniqueName: '' }))).toBe('conversation-not-found')
  })

  test('an update changes what is given, and leaves the rest', async () => {
    const { world, anna } = await withAnna()
    const conversationSid = await anna.converse({ uniqueName: 'team', friendlyName: 'Team', attributes: '[1]' })
    const before = await anna.view(conversationSid)
    world.pass(1000)
    await anna.do({ type: 'conversation.update', conversationSid, friendlyName: 'Squad' })
    expect(await anna.view(conversationSid)).toEqual({ ...before, friendlyName: 'Squad', revision: 3, dateUpdated: world.now })
    await anna.do({ type: 'conversation.update', conversationSid, friendlyName: null, uniqueName: '', attributes: '[2]' })
    const cleared = { friendlyName: null, uniqueName: null, attributes: '[2]' }
    expect(await anna.view(conversationSid)).toEqual({ ...before, ...cleared, revision: 4, dateUpdated: world.now })
  })

  test('an update that changes nothing is not told', async () => {
    const { world, anna } = await withAnna()
    const naming = { uniqueName: 'team', friendlyName: 'Team', attributes: '[1]' }
    const conversationSid = await anna.converse(naming)
    const before = await anna.view(conversationSid)
    const recorder = await anna.listen()
    world.pass(1000)
    await anna.do({ type: 'conversation.update', conversationSid, ...naming })
    await anna.do({ type: 'conversation.update', conversationSid })
    expect(await anna.view(conversationSid)).toEqual(before)
    expect(recorder.heard).toEqual([])
  })

  test('its state is set by back ends, and not by users', async () => {
    const { world, anna } = await withAnna()
    const conversationSid = await anna.converse()
    const before = await world.conversation(conversationSid)
    for (const state of ['active', 'inactive', 'closed'] as const) {
      const refused = await anna.try({ type: 'conversation.update', conversationSid, state, friendlyName: 'x' })
      expect(refusalOf(refused)).toBe('permission-missing')
    }
    expect(await world.conversation(conversationSid)).toEqual(before)
    const recorder = await anna.listen()
    world.pass(1000)
    await world.backEnd.do({ type: 'conversation.update', conversationSid, state: 'closed', friendlyName: 'Done' })
    expect(recorder.take()).toEqual([
      expect.objectContaining({ type: 'conversation.updated', changes: { state: 'closed', friendlyName: 'Done' } }),
    ])
    const closed = { state: 'closed', stateUpdated: world.now, friendlyName: 'Done' }
    expect(await anna.view(conversationSid)).toMatchObject(closed)
    for (const state of ['active', 'inactive', 'closed'] as const) {
      const answer = await world.backEnd.try({ type: 'conversation.update', conversationSid, state })
      expect(refusalOf(answer)).toBe('conversation-closed')
    }
  })

  test('a closed one can be read, read to the end, left and deleted, and nothing else', async () => {
    const { world, anna } = await withAnna()
    const ben = await world.user('ben')
    const conversationSid = await anna.converse()
    await anna.add(conversationSid, ben)
    await anna.send(conversationSid, 'before')
    await world.setState(conversationSid, 'closed')
    const before = await world.conversation(conversationSid)
    for (const person of [anna, world.backEnd]) {
      const answers = await Promise.all([
        person.try({ type: 'conversation.update', conversationSid, friendlyName: 'x' }),
        person.try({ type: 'participant.add', conversationSid, identity: 'carl' }),
        person.try({ type: 'participant.update', conversationSid, participant: 'ben', attributes: '[]' }),
        person.try({ type: 'message.send', conversationSid, body: 'x' }),
        person.try({ type: 'message.update', conversationSid, index: 0, body: 'x' }),
        person.try({ type: 'message.remove', conversationSid, index: 0 }),
      ])
      expect(answers.map(refusalOf)).toEqual(answers.map(() => 'conversation-closed'))
    }
    expect(refusalOf(await world.core.startTyping(anna.actor, conversationSid))).toBe('conversation-closed')
    expect(await world.conversation(conversationSid)).toEqual(before)
    expect((await anna.messages(conversationSid)).map(({ body }) => body)).toEqual(['before'])
    await anna.do({ type: 'readHorizon.set', conversationSid, index: 0 })
    await anna.do({ type: 'membership.update', conversationSid, notificationLevel: 'muted' })
    await ben.leave(conversationSid)
    expect(await anna.view(conversationSid)).toMatchObject({ state: 'closed', participantsCount: 1 })
    await anna.do({ type: 'conversation.delete', conversationSid })
    expect((await anna.ask({ type: 'conversation.list' })).conversations).toEqual([])
  })

  test('an inactive one is woken by a message, and by nothing else', async () => {
    const { world, anna } = await withAnna()
    const conversationSid = await anna.converse()
    await anna.send(conversationSid, 'one')
    await world.setState(conversationSid, 'inactive')
    await anna.do({ type: 'conversation.update', conversationSid, friendlyName: 'x' })
    await anna.do({ type: 'participant.add', conversationSid, identity: 'ben' })
    await anna.do({ type: 'message.update', conversationSid, index: 0, body: 'edited' })
    await anna.do({ type: 'readHorizon.set', conversationSid, index: 0 })
    expect(await anna.view(conversationSid)).toMatchObject({ state: 'inactive' })
    const recorder = await anna.listen()
    world.pass(1000)
    await anna.send(conversationSid, 'two')
    expect(await anna.view(conversationSid)).toMatchObject({ state: 'active', stateUpdated: world.now, messagesCount: 2 })
    const [woken, added] = recorder.take()
    expect(woken).toMatchObject({ type: 'conversation.updated', changes: { state: 'active' } })
    expect(added).toMatchObject({ type: 'message.added', revision: (woken as { revision: number }).revision + 1 })
    await anna.send(conversationSid, 'three')
    expect(recorder.takeTypes()).toEqual(['message.added'])
  })

  test('a message that is refused wakes nothing', async () => {
    const { world, anna } = await withAnna()
    const conversationSid = await anna.converse()
    await world.setState(conversationSid, 'inactive')
    expect(refusalOf(await anna.try({ type: 'message.send', conversationSid, body: '' }))).toBe('body-missing')
    expect(await anna.view(conversationSid)).toMatchObject({ state: 'inactive' })
  })

  test('one that is deleted is gone for everybody, with all that was in it', async () => {
    const { world, anna } = await withAnna()
    const [ben, carl] = [await world.user('ben'), await world.user('carl')]
    const conversationSid = await anna.converse({ uniqueName: 'team' })
    await anna.add(conversationSid, ben, carl)
    await anna.send(conversationSid, 'hello')
    const recorders = [await anna.listen(), await ben.listen()]
    await anna.do({ type: 'conversation.delete', conversationSid })
    for (const recorder of recorders) expect(recorder.takeTypes()).toEqual(['conversation.deleted', 'membership.removed'])
    for (const person of [anna, ben, carl, world.backEnd]) await expectNothingOf(person, conversationSid)
    for (const person of [anna, ben, carl]) expect((await person.ask({ type: 'conversation.list' })).conversations).toEqual([])
    const again = { type: 'conversation.delete', conversationSid } as const
    expect(refusalOf(await anna.try(again))).toBe('conversation-not-found')
  })

  test('one that takes the name of a deleted one begins empty', async () => {
    const { world, anna } = await withAnna()
    const ben = await world.user('ben')
    const old = await anna.converse({ uniqueName: 'team' })
    await anna.add(old, ben)
    await anna.send(old, 'hello', 'key')
    await anna.do({ type: 'readHorizon.set', conversationSid: old, index: 0 })
    await anna.do({ type: 'conversation.delete', conversationSid: old })
    const fresh = await anna.converse({ uniqueName: 'team' })
    expect(await anna.view(fresh)).toMatchObject({ messagesCount: 0, participantsCount: 1, lastMessage: null, revision: 2 })
    expect((await anna.view(fresh)).membership).toMatchObject({ lastReadMessageIndex: null, unread: null })
    expect(await anna.messages(fresh)).toEqual([])
    expect(await anna.send(fresh, 'again', 'key')).toMatchObject({ index: 0 })
  })

  test('the list runs from the newest activity to the oldest, in pages', async () => {
    const { world, anna } = await withAnna()
    const sids: string[] = []
    for (let number = 0; number < 7; number++) {
      sids.push(await anna.converse({ friendlyName: `${number}` }))
      if (number % 2 === 0) world.pass(1000)
    }
    world.pass(1000)
    await anna.send(sids[2]!, 'newest')
    await anna.do({ type: 'conversation.update', conversationSid: sids[0]!, friendlyName: 'no activity' })
    const expected = [2, 6, 5, 4, 3, 1, 0].map((number) => sids[number])
    for (const limit of [1, 2, 3, 7, 100]) expect(await listed(anna, limit)).toEqual(expected)
    expect((await anna.ask({ type: 'conversation.list', limit: 7 })).next).toBeNull()
  })

  test('a page of the list is thirty unless it says otherwise', async () => {
    const { world, anna } = await withAnna()
    await Promise.all(Array.from({ length: 31 }, () => anna.converse()))
    world.pass(1)
    const { conversations, next } = await anna.ask({ type: 'conversation.list' })
    expect(conversations).toHaveLength(30)
    expect(next).toEqual({ activity: conversations[29]?.dateCreated, conversationSid: conversations[29]?.sid })
  })
}

async function listed(person: Person, limit: number): Promise<string[]> {
  const sids: string[] = []
  let page = await person.ask({ type: 'conversation.list', limit })
  for (;;) {
    sids.push(...page.conversations.map((view) => view.sid))
    if (!page.next) return sids
    page = await person.ask({ type: 'conversation.list', limit, after: page.next })
  }
}

async function expectNothingOf(person: Person, conversationSid: string): Promise<void> {
  const world: CoreWorld = person.world
  const answers = [
    await person.tryToAsk({ type: 'conversation.get', conversationSid }),
    await person.tryToAsk({ type: 'conversation.get', uniqueName: 'team' }),
    await person.tryToAsk({ type: 'message.page', conversationSid }),
    await person.tryToAsk({ type: 'participant.list', conversationSid }),
    await person.tryToAsk({ type: 'participant.get', conversationSid, participant: 'ben' }),
    await world.core.startTyping(person.actor, conversationSid),
  ]
  expect(answers.map(refusalOf)).toEqual(answers.map(() => 'conversation-not-found'))
  const resumed = await person.ask({ type: 'conversation.resume', since: [{ conversationSid, revision: 1 }] })
  expect(resumed.conversations).toEqual([{ conversationSid, gone: true }])
}

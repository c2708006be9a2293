import { expect, test } from 'vitest'
import type { BeginWorld } from './core-contract.ts'
import { type Person, refusalOf } from './core-world.ts'

const FAR = Number.MAX_SAFE_INTEGER

/** The read horizon: rest-and-semantics 3.5, G5 and G6. */
export function readHorizonContract(begin: BeginWorld): void {
  /** Ten messages of Anna's; Ben reads. */
  const room = async (count = 10) => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const conversationSid = await anna.converse()
    await anna.add(conversationSid, ben)
    await Promise.all(Array.from({ length: count }, (_, at) => anna.send(conversationSid, `${at}`)))
    const set = (index: number | null, advance?: boolean) =>
      ben.do({ type: 'readHorizon.set', conversationSid, index, ...(advance !== undefined && { advance }) })
    return { world, anna, ben, conversationSid, set }
  }
  const membershipOf = async (person: Person, conversationSid: string) => (await person.view(conversationSid)).membership

  test('nobody has read anything before they say so: no horizon, no count', async () => {
    const { anna, ben, conversationSid } = await room()
    await ben.messages(conversationSid)
    for (const person of [anna, ben]) {
      const nothing = { lastReadMessageIndex: null, lastReadTimestamp: null, unread: null }
      expect(await membershipOf(person, conversationSid)).toMatchObject(nothing)
    }
  })

  /** From a horizon, `set` or `advance` to an index: where it is then, and how many of ten are unread. */
  const moves: [from: number | null, how: 'set' | 'advance', index: number | null, to: number | null, unread: number][] = [
    [null, 'set', 4, 4, 5],
    [null, 'advance', 4, 4, 5],
    [null, 'set', 0, 0, 9],
    [null, 'advance', 0, 0, 9],
    [null, 'set', null, null, 10],
    [null, 'advance', null, null, 10],
    [4, 'set', 7, 7, 2],
    [4, 'advance', 7, 7, 2],
    [4, 'set', 4, 4, 5],
    [4, 'advance', 4, 4, 5],
    [4, 'set', 2, 2, 7],
    [4, 'advance', 2, 4, 5],
    [4, 'advance', 0, 4, 5],
    [4, 'set', 0, 0, 9],
    [4, 'set', null, null, 10],
    [4, 'advance', null, 4, 5],
    [4, 'set', 9, 9, 0],
    [4, 'set', 10, 9, 0],
    [4, 'advance', FAR, 9, 0],
    [4, 'set', FAR, 9, 0],
    [9, 'advance', 3, 9, 0],
    [0, 'advance', null, 0, 9],
    [0, 'set', null, null, 10],
  ]
  test.each(moves)('from %j, %s to %j: %j, %i unread', async (from, how, index, to, unread) => {
    const { world, ben, conversationSid, set } = await room()
    if (from !== null) await set(from)
    const before = await ben.view(conversationSid)
    const recorder = await ben.listen()
    world.pass(1000)
    expect(await set(index, how === 'advance')).toEqual({ lastReadMessageIndex: to, unreadMessagesCount: unread })
    const membership = await membershipOf(ben, conversationSid)
    expect(membership).toMatchObject({ lastReadMessageIndex: to, unread: to === null ? null : unread })
    const hasMoved = to !== from
    expect(recorder.takeTypes()).toEqual(hasMoved ? ['participant.updated', 'membership.updated'] : [])
    if (hasMoved) expect(membership?.lastReadTimestamp).toBe(to === null ? null : world.now)
    else expect(await ben.view(conversationSid)).toEqual(before)
  })

  test('in an empty conversation there is nothing to have read', async () => {
    const { ben, conversationSid, set } = await room(0)
    const nothing = { lastReadMessageIndex: null, unreadMessagesCount: 0 }
    for (const index of [0, 5, null]) expect(await set(index)).toEqual(nothing)
    expect(await membershipOf(ben, conversationSid)).toMatchObject({ lastReadMessageIndex: null, unread: null })
  })

  test('the count is exact through sends and removals on both sides of it', async () => {
    const { anna, ben, conversationSid, set } = await room()
    const unread = async () => (await membershipOf(ben, conversationSid))?.unread
    const remove = (index: number) => anna.do({ type: 'message.remove', conversationSid, index })
    await set(4)
    expect(await unread()).toBe(5)
    await remove(2)
    expect(await unread()).toBe(5)
    await remove(4)
    expect(await unread()).toBe(5)
    await remove(6)
    expect(await unread()).toBe(4)
    await remove(9)
    expect(await unread()).toBe(3)
    await ben.send(conversationSid, 'my own counts too')
    expect(await unread()).toBe(4)
    expect(await set(9)).toEqual({ lastReadMessageIndex: 9, unreadMessagesCount: 1 })
    expect(await set(3)).toEqual({ lastReadMessageIndex: 3, unreadMessagesCount: 4 })
    expect(await set(null)).toEqual({ lastReadMessageIndex: null, unreadMessagesCount: 7 })
    expect(await set(10)).toEqual({ lastReadMessageIndex: 10, unreadMessagesCount: 0 })
    await remove(10)
    expect(await unread()).toBe(0)
    expect(await set(99)).toEqual({ lastReadMessageIndex: 10, unreadMessagesCount: 0 })
  })

  test('the list says the same as the conversation', async () => {
    const { ben, conversationSid, set } = await room()
    await set(6)
    const { conversations } = await ben.ask({ type: 'conversation.list' })
    expect(conversations).toEqual([await ben.view(conversationSid)])
    expect(conversations[0]?.membership?.unread).toBe(3)
  })

  test('it belongs to one user and one conversation', async () => {
    const { anna, ben, conversationSid, set } = await room()
    const other = await ben.converse()
    await ben.send(other, 'elsewhere')
    await set(3)
    expect(await membershipOf(anna, conversationSid)).toMatchObject({ lastReadMessageIndex: null, unread: null })
    expect(await membershipOf(ben, other)).toMatchObject({ lastReadMessageIndex: null, unread: null })
  })

  test('all members see it, and the owner hears the count', async () => {
    const { world, anna, ben, conversationSid, set } = await room()
    const [hers, his] = [await anna.listen(), await ben.listen()]
    await set(3)
    const changes = { lastReadMessageIndex: 3, lastReadTimestamp: world.now }
    expect(hers.take()).toMatchObject([{ type: 'participant.updated', changes, unread: 6 }])
    expect(his.take()).toMatchObject([
      { type: 'participant.updated', changes, unread: 6 },
      { type: 'membership.updated', changes },
    ])
    const { participant } = await anna.ask({ type: 'participant.get', conversationSid, participant: 'ben' })
    expect(participant).toMatchObject(changes)
  })

  test('advances that arrive out of order end at the highest', async () => {
    const { ben, conversationSid, set } = await room()
    const answers = await Promise.all([3, 8, 5, 1, 7].map((index) => set(index, true)))
    expect(answers.map((answer) => answer.lastReadMessageIndex)).toEqual([3, 8, 8, 8, 8])
    expect(await membershipOf(ben, conversationSid)).toMatchObject({ lastReadMessageIndex: 8, unread: 1 })
  })

  test('who is not in the conversation has none', async () => {
    const { world, conversationSid } = await room()
    const command = { type: 'readHorizon.set', conversationSid, index: 1 } as const
    for (const person of [await world.user('carl'), await world.serviceAdmin(), world.backEnd]) {
      expect(refusalOf(await person.try(command))).toBe('not-a-participant')
    }
  })
}

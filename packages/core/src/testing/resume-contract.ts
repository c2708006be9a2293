import { bucketOf, type KnownRevision, revisionDigests } from '@conversa/protocol'
import { expect, test } from 'vitest'
import type { BeginWorld } from './core-contract.ts'
import { sid } from './core-world.ts'

/** Catching up: the exact delta, a snapshot, or that it is gone; never silence (G4). */
export function resumeContract(begin: BeginWorld): void {
  const room = async () => {
    const world = await begin()
    const [anna, ben] = [await world.user('anna'), await world.user('ben')]
    const conversationSid = await anna.converse()
    await anna.add(conversationSid, ben)
    return { world, anna, ben, conversationSid }
  }

  test('gives the events that were told, from every revision', async () => {
    const { world, anna, ben, conversationSid } = await room()
    const recorder = await anna.listen()
    await ben.send(conversationSid, 'one')
    await anna.do({ type: 'conversation.update', conversationSid, friendlyName: 'x' })
    await ben.do({ type: 'readHorizon.set', conversationSid, index: 0 })
    await anna.do({ type: 'participant.add', conversationSid, identity: 'carl' })
    await anna.do({ type: 'participant.remove', conversationSid, participant: 'carl' })
    await world.setState(conversationSid, 'inactive')
    await ben.send(conversationSid, 'two')
    const told = recorder.take()
    const { revision } = await anna.view(conversationSid)
    const first = revision - told.length
    for (let after = first; after < revision; after++) {
      const { conversations } = await ben.ask({ type: 'conversation.resume', since: [{ conversationSid, revision: after }] })
      const [news] = conversations
      expect(news).toMatchObject({ conversationSid, revision })
      const delta = news && 'delta' in news ? news.delta : []
      expect(delta.map((event) => event.revision)).toEqual(Array.from({ length: revision - after }, (_, at) => after + at + 1))
      expect(told.slice(-delta.length)).toEqual(delta)
    }
  })

  test('leaves out what has no news, and answers the rest in the order of the question', async () => {
    const { anna, conversationSid } = await room()
    const other = await anna.converse()
    const third = await anna.converse()
    await anna.send(third, 'x')
    const since = [
      { conversationSid: third, revision: 2 },
      { conversationSid: other, revision: 2 },
      { conversationSid, revision: 2 },
    ]
    const { conversations } = await anna.ask({ type: 'conversation.resume', since })
    expect(conversations.map((news) => ('snapshot' in news ? news.snapshot.sid : news.conversationSid))).toEqual([
      third,
      conversationSid,
    ])
    expect(await anna.ask({ type: 'conversation.resume', since: [] })).toEqual({ conversations: [] })
  })

  test('gives a snapshot when the delta would be longer than 500 events', async () => {
    const { anna, ben, conversationSid } = await room()
    const { revision } = await anna.view(conversationSid)
    await ben.do({ type: 'readHorizon.set', conversationSid, index: null })
    await Promise.all(Array.from({ length: 501 }, (_, at) => anna.send(conversationSid, `${at}`)))
    const resume = async (after: number) =>
      (await ben.ask({ type: 'conversation.resume', since: [{ conversationSid, revision: after }] })).conversations[0]
    expect(await resume(revision)).toEqual({ conversationSid, snapshot: await ben.view(conversationSid) })
    const delta = await resume(revision + 1)
    expect(delta && 'delta' in delta && delta.delta).toHaveLength(500)
  })

  /** As many conversations with as many messages each, and what was known before them. */
  const manyNews = async (conversations: number, messages: number, body: string) => {
    const { anna } = await room()
    const since: KnownRevision[] = []
    for (let made = 0; made < conversations; made++) {
      const conversationSid = await anna.converse()
      since.push({ conversationSid, revision: (await anna.view(conversationSid)).revision })
      await Promise.all(Array.from({ length: messages }, () => anna.send(conversationSid, body)))
    }
    const { conversations: news } = await anna.ask({ type: 'conversation.resume', since })
    expect(news.map((each) => ('snapshot' in each ? each.snapshot.sid : each.conversationSid))).toEqual(
      since.map(({ conversationSid }) => conversationSid),
    )
    return news.map((each) => ('delta' in each ? each.delta.length : 'snapshot'))
  }

  test('tells 2,000 events in one answer, and of conversations beyond snapshots', async () => {
    expect(await manyNews(6, 400, 'x')).toEqual([400, 400, 400, 400, 400, 'snapshot'])
  })

  test('tells a million characters in one answer, and of conversations beyond snapshots', async () => {
    expect(await manyNews(4, 20, 'x'.repeat(20_000))).toEqual([20, 20, 'snapshot', 'snapshot'])
  })

  test('gives a snapshot to whoever knows a future that never was', async () => {
    const { ben, conversationSid } = await room()
    const { conversations } = await ben.ask({ type: 'conversation.resume', since: [{ conversationSid, revision: 99 }] })
    expect(conversations).toEqual([{ conversationSid, snapshot: await ben.view(conversationSid) }])
  })

  test('gives what may be seen from outside as a snapshot, and never what was said', async () => {
    const { world, anna, conversationSid } = await room()
    const carl = await world.user('carl')
    await anna.send(conversationSid, 'secret')
    const { conversations } = await carl.ask({ type: 'conversation.resume', since: [{ conversationSid, revision: 1 }] })
    expect(conversations).toEqual([{ conversationSid, snapshot: await carl.view(conversationSid) }])
    expect(JSON.stringify(conversations)).not.toContain('secret')
  })

  test('says gone of what is absent, deleted or not theirs to see', async () => {
    const { world, anna, ben, conversationSid } = await room()
    const stranger = await world.userWith('stranger', [])
    const resume = async (person: typeof anna, sidOf: string) =>
      (await person.ask({ type: 'conversation.resume', since: [{ conversationSid: sidOf, revision: 1 }] })).conversations
    const absent = sid('CH', 99)
    expect(await resume(anna, absent)).toEqual([{ conversationSid: absent, gone: true }])
    expect(await resume(stranger, conversationSid)).toEqual([{ conversationSid, gone: true }])
    await anna.do({ type: 'conversation.delete', conversationSid })
    expect(await resume(ben, conversationSid)).toEqual([{ conversationSid, gone: true }])
  })

  test('says gone to who was removed and may see nothing more', async () => {
    const { world, anna, conversationSid } = await room()
    const guest = await world.userWith('guest', [])
    await anna.add(conversationSid, guest)
    const { revision } = await guest.view(conversationSid)
    await anna.do({ type: 'participant.remove', conversationSid, participant: 'guest' })
    await anna.send(conversationSid, 'secret')
    const { conversations } = await guest.ask({ type: 'conversation.resume', since: [{ conversationSid, revision }] })
    expect(conversations).toEqual([{ conversationSid, gone: true }])
  })

  const byName = (known: readonly KnownRevision[]) =>
    [...known].sort((one, other) => (one.conversationSid < other.conversationSid ? -1 : 1))

  test('compares: only what is in buckets in which something happened is listed, as it is now', async () => {
    const { anna, ben, conversationSid } = await room()
    const sids = [conversationSid]
    while (sids.length < 200) sids.push(await anna.converse())
    const bucket = bucketOf(conversationSid)
    const now = async () => {
      const views = await Promise.all(sids.map((each) => anna.view(each)))
      return views.map(({ sid: each, revision }) => ({ conversationSid: each, revision }))
    }
    const known = await now()
    const inBucket = (each: KnownRevision) => bucketOf(each.conversationSid) === bucket
    const compare = async () => {
      const { differing, conversations } = await anna.ask({ type: 'conversation.compare', digests: revisionDigests(known) })
      return { differing, conversations: byName(conversations) }
    }
    expect(await compare()).toEqual({ differing: [], conversations: [] })
    await ben.send(conversationSid, 'x')
    expect(await compare()).toEqual({ differing: [bucket], conversations: byName((await now()).filter(inBucket)) })
    await anna.leave(conversationSid)
    expect(await compare()).toEqual({ differing: [bucket], conversations: byName(known.slice(1).filter(inBucket)) })
  })

  test('compares with the own conversations alone, and shows those that a client does not know', async () => {
    const { anna, ben, conversationSid } = await room()
    await anna.converse()
    const { revision } = await ben.view(conversationSid)
    expect(await ben.ask({ type: 'conversation.compare', digests: revisionDigests([]) })).toEqual({
      differing: [bucketOf(conversationSid)],
      conversations: [{ conversationSid, revision }],
    })
  })

  test('lists not more than 5,000 of what differs, and names all buckets', async () => {
    const { anna } = await room()
    for (let made = 0; made < 5100; made += 510) await Promise.all(Array.from({ length: 510 }, () => anna.converse()))
    const { differing, conversations } = await anna.ask({ type: 'conversation.compare', digests: revisionDigests([]) })
    expect(differing).toEqual(Array.from({ length: 64 }, (_, bucket) => bucket))
    expect(new Set(conversations.map((each) => each.conversationSid)).size).toBe(5000)
    expect(conversations).toHaveLength(5000)
  }, 300_000)

  test('gives a user the events of their own scope, from every revision', async () => {
    const { anna, ben, conversationSid } = await room()
    const recorder = await ben.listen()
    const before = await ben.world.core.catchUpUser(ben.actor, undefined)
    await ben.do({ type: 'user.update', friendlyName: 'Ben' })
    await ben.do({ type: 'membership.update', conversationSid, notificationLevel: 'muted' })
    await anna.send(conversationSid, 'no news of the user')
    await ben.do({ type: 'readHorizon.set', conversationSid, index: 0 })
    await ben.leave(conversationSid)
    await anna.add(conversationSid, ben)
    await anna.do({ type: 'conversation.delete', conversationSid })
    const told = recorder.take().filter(({ type }) => type.startsWith('user.') || type.startsWith('membership.'))
    const { revision } = before.news
    const { user, news } = await ben.world.core.catchUpUser(ben.actor, revision)
    expect(news).toEqual({ delta: told, revision: revision + 6 })
    expect(user.friendlyName).toBe('Ben')
    for (let at = 0; at <= told.length; at++) {
      const caught = await ben.world.core.catchUpUser(ben.actor, revision + at)
      expect(caught.news).toEqual({ delta: told.slice(at), revision: revision + 6 })
    }
    const all = (await ben.world.core.catchUpUser(ben.actor, 0)).news
    expect('delta' in all && all.delta.map((event) => event.revision)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('gives a user a snapshot when they know nothing, too little or too much', async () => {
    const { ben, conversationSid } = await room()
    const snapshotAfter = async (after: number | undefined) => (await ben.world.core.catchUpUser(ben.actor, after)).news
    const { user } = await ben.ask({ type: 'user.get', identity: 'ben' })
    expect(await snapshotAfter(undefined)).toEqual({ snapshot: user, revision: 2 })
    expect(await snapshotAfter(99)).toEqual({ snapshot: user, revision: 2 })
    const levels = ['muted', 'default'] as const
    await Promise.all(
      Array.from({ length: 501 }, (_, at) =>
        ben.do({ type: 'membership.update', conversationSid, notificationLevel: levels[at % 2]! }),
      ),
    )
    expect(await snapshotAfter(2)).toEqual({ snapshot: user, revision: 503 })
    expect(await snapshotAfter(3)).toMatchObject({ delta: expect.any(Array) })
  })
}

import type { Conversation, Paginator } from '@conversa/client'
import type { Passing } from 'conversa'
import { describe, expect, test } from 'vitest'
import { Device } from './device.ts'
import { next, record, World } from './world.ts'

const MANY = 1200
/** Conversations on a page of the list. */
const PAGE = 50

const isList = ({ frame }: Passing) => frame?.type === 'conversation.list'
const isPage = ({ frame }: Passing) => ['conversations', 'next'].every((key) => Object.hasOwn(Object(frame?.result), key))

/** Walks through all pages. @param between is done after each page, by its number */
async function walk(first: Paginator<Conversation>, between: (page: number) => Promise<unknown> | undefined): Promise<string[]> {
  const sids: string[] = []
  let page = first
  for (let number = 1; ; number++) {
    sids.push(...page.items.map(({ sid }) => sid))
    if (!page.hasNextPage) return sids
    await between(number)
    page = await page.nextPage()
  }
}

/** Settles when a device has been told of so many conversations that its user is in. */
function joinedSo(many: number, { client }: Device): Promise<unknown> {
  const seen = new Set<string>()
  return next(client, 'conversationJoined', ({ sid }) => seen.add(sid).size === many)
}

describe('Client.getSubscribedConversations', () => {
  test('has the newest activity first, on pages that go both ways', async () => {
    const world = await World.begin()
    const sids = await world.manyConversations('alice', 120)
    // Activity in the reverse order of their making.
    for (const sid of sids.toReversed()) await world.send({ sid }, 'text')
    const { client } = await Device.ready(world, 'alice')
    const first = await client.getSubscribedConversations()
    const second = await first.nextPage()
    const third = await second.nextPage()
    const all = [first, second, third].flatMap(({ items }) => items)
    expect(all).toHaveLength(sids.length)
    expect(new Set(all.map(({ sid }) => sid))).toEqual(new Set(sids))
    const activity = all.map(({ lastMessage }) => lastMessage?.dateCreated.getTime() ?? 0)
    expect(activity).toEqual(activity.toSorted((a, b) => b - a))
    expect([first.hasPrevPage, third.hasNextPage]).toEqual([false, false])
    expect((await third.prevPage()).items).toEqual(second.items)
  })

  test('neither skips nor repeats while activity changes', async () => {
    const world = await World.begin()
    const sids = await world.manyConversations('alice', 220)
    const { client } = await Device.ready(world, 'alice')
    // From both ends and the middle, some of them twice: what was given moves as well as what is still to come.
    const moved = [0, 1, 2, 110, 111, 217, 218, 219]
    const walked = await walk(await client.getSubscribedConversations(), async (page) => {
      for (const at of moved) await world.send({ sid: sids[(at + page) % sids.length] ?? '' }, 'text')
    })
    expect(walked).toHaveLength(sids.length)
    expect(new Set(walked)).toEqual(new Set(sids))
  })

  test('neither skips nor repeats when the device is offline between two pages', async () => {
    const world = await World.begin()
    const sids = await world.manyConversations('alice', 220)
    const { client, network, ...device } = await Device.ready(world, 'alice')
    const walked = await walk(await client.getSubscribedConversations(), async (page) => {
      if (page !== 2) return
      const cut = next(client, 'connectionStateChanged')
      network.partition()
      await cut
      for (const sid of sids.slice(0, 60)) await world.send({ sid }, 'text')
      network.heal()
    })
    expect(device.failures.length).toBeGreaterThan(0)
    expect(walked).toHaveLength(sids.length)
    expect(new Set(walked)).toEqual(new Set(sids))
  })

  test('goes back to pages that were read, and on from them again', async () => {
    const world = await World.begin()
    const sids = await world.manyConversations('alice', 130)
    const { client } = await Device.ready(world, 'alice')
    const first = await client.getSubscribedConversations()
    const second = await first.nextPage()
    await world.send({ sid: sids[0] ?? '' }, 'text')
    const ends = [await second.nextPage(), await (await (await second.prevPage()).nextPage()).nextPage()]
    for (const end of ends) {
      const all = [...first.items, ...second.items, ...end.items].map(({ sid }) => sid)
      expect([all.length, new Set(all)]).toEqual([sids.length, new Set(sids)])
    }
  })
})

describe('a client with many conversations', () => {
  test('is usable with the first window, and tells of all others behind it, once each', async () => {
    const world = await World.begin()
    const sids = await world.manyConversations('alice', MANY)
    const device = await Device.begin(world, 'alice')
    const told = record(device.client, { conversationAdded: ({ sid }) => sid, conversationJoined: ({ sid }) => sid })
    const all = joinedSo(MANY, device)
    await next(device.client, 'initialized')
    expect(told).toHaveLength(2 * PAGE)
    await all
    for (const name of ['conversationAdded', 'conversationJoined']) {
      const named = told.filter(([each]) => each === name).map(([, sid]) => sid)
      expect([named.length, new Set(named)]).toEqual([MANY, new Set(sids)])
    }
  })

  test('hears of those outside of the window, with their state', async () => {
    const world = await World.begin()
    const sids = await world.manyConversations('alice', MANY)
    const device = await Device.begin(world, 'alice')
    await next(device.client, 'initialized')
    device.network.rule((passing) => (isList(passing) ? 'swallow' : undefined))
    const oldest = { sid: sids[0] ?? '' }
    const told = record(device.client, { conversationAdded: ({ sid }) => sid, messageAdded: ({ body }) => body })
    const heard = next(device.client, 'messageAdded', ({ body }) => body === 'two')
    await world.send(oldest, 'one')
    await world.send(oldest, 'two')
    const { conversation } = await heard
    expect(told.filter(([, what]) => [oldest.sid, 'one', 'two'].includes(String(what)))).toEqual([
      ['conversationAdded', oldest.sid],
      ['messageAdded', 'one'],
      ['messageAdded', 'two'],
    ])
    expect([conversation.sid, conversation.friendlyName, conversation.status]).toEqual([oldest.sid, 'number 0', 'joined'])
    expect([conversation.lastMessage?.index, await conversation.getMessagesCount()]).toEqual([1, 2])
  })

  test('comes to the end of its list although the connection is cut again and again', async () => {
    const world = await World.begin()
    const sids = await world.manyConversations('alice', MANY)
    const device = await Device.begin(world, 'alice')
    const told = record(device.client, { conversationJoined: ({ sid }) => sid })
    const asked = new Promise<void>((_, reject) => {
      let pages = 0
      device.network.rule((passing) => {
        if (!isPage(passing)) return undefined
        // Read from the start after each cut, it would never come to an end.
        if (++pages > 3 * (MANY / PAGE)) reject(new Error(`${pages} pages were read`))
        return pages % 3 === 0 ? 'cut before' : undefined
      })
    })
    await Promise.race([joinedSo(MANY, device), asked])
    expect(new Set(told.map(([, sid]) => sid))).toEqual(new Set(sids))
    expect(told).toHaveLength(MANY)
    expect(device.failures.length).toBeGreaterThan(5)
  })

  test('misses none whose activity changed during a cut, while the list was read', async () => {
    const world = await World.begin()
    const sids = await world.manyConversations('alice', MANY)
    const device = await Device.begin(world, 'alice')
    const told = record(device.client, { conversationJoined: ({ sid }) => sid })
    const all = joinedSo(MANY, device)
    let pages = 0
    await device.network.once((passing) => isPage(passing) && ++pages === 6, 'cut before')
    device.network.partition()
    for (const sid of sids.slice(0, 70)) await world.send({ sid }, 'text')
    device.network.heal()
    await all
    expect([told.length, new Set(told.map(([, sid]) => sid))]).toEqual([MANY, new Set(sids)])
  })
})

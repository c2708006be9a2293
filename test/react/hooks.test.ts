import type { Client, Conversation } from '@conversa/client'
import {
  ConversaProvider,
  useClientStatus,
  useConnection,
  useConversation,
  useConversations,
  useConversationView,
  useLastMessage,
  useMessages,
  useMessageView,
  useOutgoing,
  useParticipants,
  useParticipantView,
  useRoles,
  useTyping,
  useUnread,
} from '@conversa/client/react'
import { createElement, type ReactNode } from 'react'
import { describe, expect, test, vi } from 'vitest'
import { SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { backEndOf } from '../rest/back-end.ts'
import { Device } from '../scenarios/device.ts'
import { next, World } from '../scenarios/world.ts'
import { Receiver } from '../webhooks/receiver.ts'
import { doing, eventually, mount } from './page.ts'

const within = (client: Client) => (children: ReactNode) => createElement(ConversaProvider, { client }, children)

const indexes = (messages: readonly { readonly index: number }[]) => messages.map(({ index }) => index)

async function sendMany(conversation: Conversation, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, at) => conversation.sendMessage(`message ${at}`)))
}

/** How many listeners an object of the SDK has in all. */
const listenersOf = (emitter: { eventNames(): string[]; listenerCount(name: never): number }) =>
  emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name as never), 0)

describe('ConversaProvider', () => {
  test('makes one client although it is mounted twice, and shuts it down at the end', async () => {
    const world = await World.begin()
    const fetchToken = vi.fn(() => world.server.token('alice'))
    const options = { url: world.server.url }
    const provide = (children: ReactNode) => createElement(ConversaProvider, { fetchToken, options, children })
    const page = mount(() => useClientStatus(), provide)
    expect(page.now).toMatchObject({ status: 'starting' })
    await eventually(() => expect(page.now.status).toBe('ready'))
    expect(fetchToken).toHaveBeenCalledOnce()
    expect(await world.server.metric('conversa_connections')).toBe(1)
    const client = page.now.client as Client
    expect(client.user.identity).toBe('alice')
    page.unmount()
    await vi.waitFor(() => expect(['disconnecting', 'disconnected']).toContain(client.connectionState), { timeout: 10_000 })
    await expect(client.createConversation()).rejects.toMatchObject({ code: 51130 })
  })

  test('tells why there is no client, and tries again when asked', async () => {
    const world = await World.begin()
    let isDown = true
    const fetchToken = async () => {
      if (isDown) throw new Error('nobody gives tokens')
      return world.server.token('alice')
    }
    const options = { url: world.server.url }
    const page = mount(
      () => useClientStatus(),
      (children) => createElement(ConversaProvider, { fetchToken, options, children }),
    )
    await eventually(() => expect(page.now).toMatchObject({ status: 'failed', error: { message: 'nobody gives tokens' } }))
    isDown = false
    await doing(() => page.now.retry())
    await eventually(() => expect(page.now.status).toBe('ready'))
  })

  test('leaves a client alone that it was given, and no listener stays', async () => {
    const world = await World.begin()
    const client = await world.client('alice')
    const before = listenersOf(client)
    const page = mount(() => [useConversations(), useConnection()] as const, within(client))
    await eventually(() => expect(page.now[0].isLoading).toBe(false))
    expect(page.now[1].state).toBe('connected')
    expect(listenersOf(client)).toBe(before + 6)
    page.unmount()
    await vi.waitFor(() => expect(listenersOf(client)).toBe(before), { timeout: 10_000 })
    expect(client.connectionState).toBe('connected')
  })
})

test('useConnection follows the connection', async () => {
  const world = await World.begin()
  const device = await Device.ready(world, 'alice', { isHandMoved: true })
  const page = mount(() => useConnection(), within(device.client))
  expect(page.now).toEqual({ state: 'connected', error: undefined })
  await doing(() => {
    device.network.partition()
    return device.disconnected()
  })
  await eventually(() => expect(page.now).toMatchObject({ state: 'connecting', error: { terminal: false } }))
  await doing(() => {
    device.network.heal()
    device.clock.jump(30_000)
    return device.connected()
  })
  await eventually(() => expect(page.now).toEqual({ state: 'connected', error: undefined }))
})

describe('useConversations', () => {
  test('gives all, newest activity first, page by page and as they come', async () => {
    const world = await World.begin()
    const sids = await world.manyConversations('alice', 120)
    const client = await world.client('alice')
    const page = mount(() => useConversations(), within(client))
    await eventually(() => expect(page.now.conversations.length).toBeGreaterThanOrEqual(50))
    while (page.now.hasMore) await doing(() => page.now.loadMore())
    expect(page.now.conversations.map(({ sid }) => sid)).toEqual(sids.toReversed())
    const oldest = page.now.conversations.at(-1) as Conversation
    await doing(() => oldest.sendMessage('up'))
    await eventually(() => expect(page.now.conversations[0]).toBe(oldest))
    const created = await doing(async () => (await client.createConversation()).join())
    await eventually(() => expect(page.now.conversations[0]).toBe(created))
    await doing(() => created.leave())
    await eventually(() => expect(page.now.conversations).not.toContain(created))
  })
})

describe('useConversation, useConversationView', () => {
  test('follow one conversation to its end', async () => {
    const world = await World.begin()
    const { clients, conversations } = await world.room('alice', 'bob')
    const page = mount(() => useConversation(conversations[0].sid), within(clients[1]))
    await eventually(() => expect(page.now).toMatchObject({ status: 'ready', conversation: conversations[1] }))
    const view = mount(() => useConversationView(conversations[1]))
    await doing(() => conversations[0].updateFriendlyName('Lunch'))
    await eventually(() => expect(view.now.friendlyName).toBe('Lunch'))
    const { length } = view.renderings
    await doing(() => conversations[0].updateFriendlyName('Lunch'))
    expect(new Set(view.renderings.slice(length - 1)).size).toBeLessThanOrEqual(2)
    await doing(() => conversations[0].delete())
    await eventually(() => expect(page.now.status).toBe('gone'))
  })

  test('tell what cannot be found', async () => {
    const world = await World.begin()
    const client = await world.client('alice')
    const page = mount(() => useConversation(`CH${'0'.repeat(32)}`), within(client))
    await eventually(() => expect(page.now).toMatchObject({ status: 'failed', error: { status: 404 } }))
  })
})

describe('useMessages, useMessageView', () => {
  test('begin at the end, grow both ways, and keep their place', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice', 'bob')
    await sendMany(conversations[0], 50)
    const page = mount(() => useMessages(conversations[1], { pageSize: 20 }))
    await eventually(() => expect(page.now.isLoading).toBe(false))
    expect(indexes(page.now.messages)).toEqual(range(30, 50))
    const { firstItem } = page.now
    await doing(() => page.now.loadOlder())
    expect(indexes(page.now.messages)).toEqual(range(10, 50))
    expect(page.now.firstItem).toBe(firstItem - 20)
    await doing(() => page.now.loadOlder())
    expect(page.now).toMatchObject({ hasOlder: false, hasNewer: false, firstItem: firstItem - 30 })
    await doing(() => conversations[0].sendMessage('one more'))
    await eventually(() => expect(indexes(page.now.messages)).toEqual(range(0, 51)))
  })

  test('begin around a message, and let go of what is far away', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice', 'bob')
    await sendMany(conversations[0], 60)
    const page = mount(() => useMessages(conversations[1], { pageSize: 10, around: 29, limit: 30 }))
    await eventually(() => expect(indexes(page.now.messages)).toEqual(range(20, 40)))
    expect(page.now).toMatchObject({ hasOlder: true, hasNewer: true })
    await doing(() => page.now.loadNewer())
    await doing(() => page.now.loadNewer())
    expect(indexes(page.now.messages)).toEqual(range(30, 60))
    expect(page.now).toMatchObject({ hasOlder: true, hasNewer: false, firstItem: 1_000_010 })
    await doing(() => page.now.loadOlder())
    expect(indexes(page.now.messages)).toEqual(range(20, 50))
    await doing(() => conversations[0].sendMessage('not in sight'))
    expect(indexes(page.now.messages)).toEqual(range(20, 50))
    await doing(() => page.now.jump())
    await eventually(() => expect(indexes(page.now.messages)).toEqual(range(51, 61)))
    expect(page.now.stretch).toBe(1)
  })

  test('show changes and removals', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice', 'bob')
    await sendMany(conversations[0], 3)
    const page = mount(() => useMessages(conversations[1]))
    await eventually(() => expect(page.now.messages.length).toBe(3))
    const [first] = page.now.messages
    if (!first) throw new Error('there is no message')
    const view = mount(() => useMessageView(first))
    const mine = (await conversations[0].getMessages(30)).items
    await doing(() => mine[0]?.updateBody('changed'))
    await eventually(() => expect(view.now.body).toBe('changed'))
    await doing(() => mine[1]?.remove())
    await eventually(() => expect(indexes(page.now.messages)).toEqual([0, 2]))
  })

  test('show how far a message has come out of the app', async () => {
    const world = await World.begin()
    const { conversations } = await world.room('alice', 'bob')
    const [conversation] = conversations
    await conversation.addNonChatParticipant('+15559990000', '+15551230001')
    await conversation.sendMessage('hello')
    const [message] = (await conversation.getMessages(1)).items
    if (!message) throw new Error('there is no message')
    const view = mount(() => useMessageView(message))
    const first = view.now
    expect(first.aggregatedDeliveryReceipt).toMatchObject({ total: 1, sent: 'none', delivered: 'none' })
    const phone = (await conversation.getParticipants()).find(({ type }) => type === 'sms')
    const report = { index: 0, participantSid: phone?.sid ?? '', channelMessageSid: 'SM1', status: 'delivered' } as const
    const backEnd = { kind: 'back-end', serviceSid: SERVICE_SID, identity: 'system' } as const
    const { core } = world.server
    await doing(() => core.execute(backEnd, { type: 'receipt.record', conversationSid: conversation.sid, ...report }))
    await eventually(() => expect(view.now.aggregatedDeliveryReceipt).toMatchObject({ sent: 'all', delivered: 'all' }))
    const last = view.now
    await doing(async () => {})
    expect([view.now === last, last === first]).toEqual([true, false])
  })

  test('read what was sent while there was no connection', async () => {
    const world = await World.begin()
    const device = await Device.ready(world, 'bob')
    const alice = await world.client('alice')
    const conversation = await (await alice.createConversation()).join()
    const joined = next(device.client, 'conversationJoined')
    await conversation.add('bob')
    const seen = await joined
    const page = mount(() => useMessages(seen))
    await sendMany(conversation, 2)
    await eventually(() => expect(page.now.messages.length).toBe(2))
    await doing(() => device.interrupt(() => sendMany(conversation, 5)))
    await eventually(() => expect(indexes(page.now.messages)).toEqual(range(0, 7)))
  })
})

test('useLastMessage gives the newest message', async () => {
  const world = await World.begin()
  const { conversations } = await world.room('alice', 'bob')
  await sendMany(conversations[0], 2)
  const page = mount(() => useLastMessage(conversations[1]))
  await eventually(() => expect(page.now?.body).toBe('message 1'))
  await doing(() => conversations[0].sendMessage('newer'))
  await eventually(() => expect(page.now?.body).toBe('newer'))
  await doing(async () => (await conversations[0].getMessages(1)).items[0]?.remove())
  await eventually(() => expect(page.now?.body).toBe('message 1'))
})

test('useUnread counts', async () => {
  const world = await World.begin()
  const { conversations } = await world.room('alice', 'bob')
  const page = mount(() => useUnread(conversations[1]))
  await eventually(() => expect(page.now).toBeNull())
  await sendMany(conversations[0], 3)
  await doing(() => conversations[1].updateLastReadMessageIndex(0))
  await eventually(() => expect(page.now).toBe(2))
  await doing(() => conversations[0].sendMessage('one more'))
  await eventually(() => expect(page.now).toBe(3))
  await doing(() => conversations[1].setAllMessagesRead())
  await eventually(() => expect(page.now).toBe(0))
})

test('useParticipants, useParticipantView follow who is there and how far they have read', async () => {
  const world = await World.begin()
  const { conversations } = await world.room('alice', 'bob')
  const page = mount(() => useParticipants(conversations[0]))
  const names = () => page.now.participants.map(({ identity }) => identity)
  await eventually(() => expect(names()).toEqual(['alice', 'bob']))
  const bob = page.now.participants[1]
  if (!bob) throw new Error('bob is missing')
  const view = mount(() => useParticipantView(bob))
  await doing(() => conversations[0].sendMessage('read this'))
  await doing(() => conversations[1].setAllMessagesRead())
  await eventually(() => expect(view.now.lastReadMessageIndex).toBe(0))
  await doing(() => conversations[0].add('carol'))
  await eventually(() => expect(names()).toEqual(['alice', 'bob', 'carol']))
  await doing(() => conversations[0].removeParticipant('bob'))
  await eventually(() => expect(names()).toEqual(['alice', 'carol']))
})

test('useRoles says which roles the user may give, also when that changes', async () => {
  const world = await World.begin()
  const { conversations } = await world.room('alice', 'bob')
  const [hers, his] = [mount(() => useRoles(conversations[0])), mount(() => useRoles(conversations[1]))]
  const assignable = ({ now }: typeof hers) => now.roles.map(({ friendlyName, isAssignable }) => isAssignable && friendlyName)
  const all = expect.arrayContaining(['channel admin', 'channel user'])
  await eventually(() => expect([assignable(hers), assignable(his)]).toEqual([all, [false, false]]))
  const admin = hers.now.roles.find(({ friendlyName }) => friendlyName === 'channel admin')
  const bob = await conversations[0].getParticipantByIdentity('bob')
  await doing(() => bob.updateRole(String(admin?.sid)))
  await eventually(() => expect(assignable(his)).toEqual(all))
})

test('useTyping gives who types', async () => {
  const world = await World.begin()
  const { conversations } = await world.room('alice', 'bob')
  const page = mount(() => useTyping(conversations[0]).map(({ identity }) => identity))
  await doing(() => conversations[1].typing())
  await eventually(() => expect(page.now).toEqual(['bob']))
  await doing(() => conversations[1].sendMessage('there'))
  await eventually(() => expect(page.now).toEqual([]))
})

describe('useOutgoing', () => {
  test('shows what waits for a connection, until it is among the messages', async () => {
    const world = await World.begin()
    const device = await Device.ready(world, 'alice')
    const conversation = await (await device.client.createConversation()).join()
    const page = mount(() => [useOutgoing(conversation), useMessages(conversation)] as const)
    await eventually(() => expect(page.now[1].isLoading).toBe(false))
    device.network.partition()
    await doing(() => device.disconnected())
    await doing(() => void page.now[0].send({ body: 'written in a tunnel' }))
    expect(page.now[0].outgoing).toMatchObject([{ body: 'written in a tunnel', state: 'sending' }])
    expect(page.now[1].messages).toEqual([])
    device.network.heal()
    await eventually(() => expect(page.now[1].messages.map(({ body }) => body)).toEqual(['written in a tunnel']))
    await eventually(() => expect(page.now[0].outgoing).toEqual([]))
  })

  test('shows nothing twice: what is among the messages is not outgoing any more', async () => {
    const world = await World.begin()
    const { client } = await Device.ready(world, 'alice')
    const conversation = await (await client.createConversation()).join()
    const page = mount(() => [useOutgoing(conversation), useMessages(conversation)] as const, within(client))
    await eventually(() => expect(page.now[1].isLoading).toBe(false))
    for (let at = 0; at < 10; at++) void page.now[0].send({ body: at % 3 === 0 ? 'again' : `message ${at}` })
    await eventually(() => expect(page.now[1].messages.length).toBe(10))
    await eventually(() => expect(page.now[0].outgoing).toEqual([]))
    const most = Math.max(...page.renderings.map(([{ outgoing }, { messages }]) => outgoing.length + messages.length))
    expect(most).toBe(10)
  })

  test('shows nothing twice where a webhook changes what is said', async () => {
    const receiver = await Receiver.begin()
    const world = await World.begin()
    const hooks = backEndOf(world.server).conversations.v1.services(SERVICE_SID).configuration.webhooks()
    await hooks.update({ preWebhookUrl: receiver.url, filters: ['onMessageAdd'] })
    receiver.answer = ({ fields }) => ({ status: 200, body: JSON.stringify({ body: `${fields.Body}, but better` }) })
    const { client } = await Device.ready(world, 'alice')
    const conversation = await (await client.createConversation()).join()
    const page = mount(() => [useOutgoing(conversation), useMessages(conversation)] as const, within(client))
    await eventually(() => expect(page.now[1].isLoading).toBe(false))
    for (const body of ['good', 'fine']) {
      await doing(() => page.now[0].send({ body }))
      await eventually(() => expect(page.now[1].messages.at(-1)?.body).toBe(`${body}, but better`))
    }
    const seen = page.renderings.map(([{ outgoing }, { messages }]) => outgoing.length + messages.length)
    expect(seen).toEqual([...seen].sort())
    expect(page.now[0].outgoing).toEqual([])
    expect(Math.max(...seen)).toBe(2)
  })

  test('shows nothing twice where a webhook changes who says it', async () => {
    const receiver = await Receiver.begin()
    const world = await World.begin()
    const hooks = backEndOf(world.server).conversations.v1.services(SERVICE_SID).configuration.webhooks()
    await hooks.update({ preWebhookUrl: receiver.url, filters: ['onMessageAdd'] })
    receiver.answer = () => ({ status: 200, body: JSON.stringify({ author: 'the team' }) })
    const { client } = await Device.ready(world, 'alice')
    const conversation = await (await client.createConversation()).join()
    const page = mount(() => [useOutgoing(conversation), useMessages(conversation)] as const, within(client))
    await eventually(() => expect(page.now[1].isLoading).toBe(false))
    await doing(() => page.now[0].send({ body: 'welcome' }))
    await eventually(() => expect(page.now[1].messages.map(({ author }) => author)).toEqual(['the team']))
    expect(Math.max(...page.renderings.map(([{ outgoing }, { messages }]) => outgoing.length + messages.length))).toBe(1)
    expect(page.now[0].outgoing).toEqual([])
  })

  test('keeps showing what is on its way while somebody else says the same', async () => {
    const world = await World.begin()
    const [phone, other] = [await Device.ready(world, 'alice'), await Device.ready(world, 'bob')]
    const here = await (await phone.client.createConversation()).join()
    await here.add('bob')
    const there = await other.client.getConversationBySid(here.sid)
    const page = mount(() => [useOutgoing(here), useMessages(here)] as const, within(phone.client))
    await eventually(() => expect(page.now[1].isLoading).toBe(false))
    phone.network.hold('up')
    await doing(() => void page.now[0].send({ body: 'yes' }))
    await doing(() => there.sendMessage('yes'))
    await eventually(() => expect(page.now[1].messages.map(({ author }) => author)).toEqual(['bob']))
    await eventually(() => expect(page.now[0].outgoing).toMatchObject([{ body: 'yes', state: 'sending' }]))
    phone.network.heal()
    await eventually(() => expect(page.now[1].messages.map(({ author }) => author)).toEqual(['bob', 'alice']))
    await eventually(() => expect(page.now[0].outgoing).toEqual([]))
  })

  test('keeps showing what is on its way while another device says something else', async () => {
    const world = await World.begin()
    const [phone, tablet] = [await Device.ready(world, 'alice'), await Device.ready(world, 'alice')]
    const here = await (await phone.client.createConversation()).join()
    const there = await tablet.client.getConversationBySid(here.sid)
    const page = mount(() => [useOutgoing(here), useMessages(here)] as const, within(phone.client))
    await eventually(() => expect(page.now[1].isLoading).toBe(false))
    phone.network.hold('up')
    await doing(() => void page.now[0].send({ body: 'slow' }))
    await doing(() => there.sendMessage('quick'))
    await eventually(() => expect(page.now[1].messages.map(({ body }) => body)).toEqual(['quick']))
    await eventually(() => expect(page.now[0].outgoing).toMatchObject([{ body: 'slow', state: 'sending' }]))
    phone.network.heal()
    await eventually(() => expect(page.now[1].messages.map(({ body }) => body)).toEqual(['quick', 'slow']))
    await eventually(() => expect(page.now[0].outgoing).toEqual([]))
  })

  test('shows again what looked as if it had arrived: another device said the same, and it was refused here', async () => {
    const world = await World.begin()
    const [phone, tablet] = [await Device.ready(world, 'alice'), await Device.ready(world, 'alice')]
    const here = await (await phone.client.createConversation()).join()
    const there = await tablet.client.getConversationBySid(here.sid)
    const page = mount(() => [useOutgoing(here), useMessages(here)] as const, within(phone.client))
    await eventually(() => expect(page.now[1].isLoading).toBe(false))
    phone.network.partition()
    await doing(() => phone.disconnected())
    await doing(() => void page.now[0].send({ body: 'the same' }))
    await there.sendMessage('the same')
    await world.setState(there, 'closed')
    phone.network.heal()
    await eventually(() => expect(page.now[0].outgoing).toMatchObject([{ body: 'the same', state: 'failed' }]))
    expect(page.now[1].messages.map(({ body }) => body)).toEqual(['the same'])
  })

  test('keeps what was refused, to be sent again or forgotten, and tells how far files are', async () => {
    const world = await World.begin({ mediaLimits: { fileBytes: 1000 } })
    const { conversations } = await world.room('alice', 'bob')
    const page = mount(() => useOutgoing(conversations[0]))
    const file = (bytes: number) => new File([new Uint8Array(bytes)], 'photo.bin', { type: 'application/x-photo' })
    await doing(() => page.now.send({ body: 'look', files: [file(2000)] }))
    expect(page.now.outgoing).toMatchObject([{ state: 'failed', body: 'look', error: { code: 50512 } }])
    const [failed] = page.now.outgoing
    await doing(() => page.now.retry(failed?.id ?? 0))
    expect(page.now.outgoing).toMatchObject([{ state: 'failed' }])
    await doing(() => page.now.discard(failed?.id ?? 0))
    expect(page.now.outgoing).toEqual([])
    await doing(() => page.now.send({ body: 'look', files: [file(900)] }))
    const told = page.renderings.flatMap(({ outgoing }) => outgoing.map(({ progress }) => progress))
    expect(told).toContainEqual({ loaded: 900, total: 900 })
    const { items } = await conversations[0].getMessages()
    expect(items.map(({ body, media }) => [body, media?.filename, media?.size])).toEqual([['look', 'photo.bin', 900]])
  })
})

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at)
}

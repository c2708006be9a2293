import { LIMITS } from '@conversa/protocol'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { dataFolder } from './data-folder.ts'
import { type InProcessServer, OTHER_SERVICE_SID, startInProcess } from './in-process-server.ts'
import { RawClient, type RawFrame } from './raw-client.ts'
import { endServerProcesses, ServerProcess } from './server-process.ts'

/** A conversation with these identities in it; the first one made it. */
async function conversationOf(creator: RawClient, ...identities: readonly string[]): Promise<string> {
  const { conversation } = await creator.ask({ type: 'conversation.create' })
  for (const identity of identities) {
    await creator.ask({ type: 'participant.add', conversationSid: conversation.sid, identity })
  }
  return conversation.sid
}

const isReply = (frame: RawFrame) => frame.reply !== undefined

/** Writes many requests without waiting; their ids are 1 and up. */
function pipeline(client: RawClient, count: number, request: (at: number) => object): void {
  for (let at = 0; at < count; at++) client.socket.send(JSON.stringify({ id: at + 1, ...request(at) }))
}

/** The next answers, in the order of arrival. */
async function answers(client: RawClient, count: number): Promise<RawFrame[]> {
  const frames: RawFrame[] = []
  while (frames.length < count) frames.push(await client.next(isReply))
  return frames
}

describe('signing in', () => {
  test('a connection that does not sign in is closed', async () => {
    await using server = await startInProcess({ times: { signIn: 50 } })
    const client = await RawClient.connect(server.url)
    expect(await client.closed).toMatchObject({ code: 4501 })
  })

  test('neither pings nor malformed frames put that off', async () => {
    await using server = await startInProcess({ times: { signIn: 100 } })
    const client = await RawClient.connect(server.url)
    let open = true
    void client.closed.then(() => {
      open = false
    })
    while (open) await client.exchange({ type: 'session.ping' }).catch(() => {})
    expect(await client.closed).toMatchObject({ code: 4501 })
  })

  test('who signed in stays', async () => {
    await using server = await startInProcess({ times: { signIn: 50 } })
    const alice = await server.signIn('alice')
    const late = await RawClient.connect(server.url)
    expect(await late.closed).toMatchObject({ code: 4501 })
    expect(await alice.exchange({ type: 'session.ping' })).toMatchObject({ result: {} })
  })

  test('nothing but signing in and pinging is answered before', async () => {
    await using server = await startInProcess()
    const client = await RawClient.connect(server.url)
    expect(await client.exchange({ type: 'session.ping' })).toMatchObject({ result: {} })
    expect(await client.refusal({ type: 'conversation.list' })).toMatchObject({ code: 51130, status: 401 })
    expect(await client.refusal({ type: 'session.renew', token: await server.token('alice') })).toMatchObject({ code: 51130 })
  })

  test('a second start is refused, whether the first is over or under way', async () => {
    await using server = await startInProcess()
    const token = await server.token('alice')
    const client = await RawClient.connect(server.url)
    pipeline(client, 3, () => ({ type: 'session.start', version: 1, token }))
    const frames = await answers(client, 3)
    expect(frames.map(({ error }) => error?.code)).toEqual([51202, 51202, undefined])
    expect(await client.refusal({ type: 'session.start', version: 1, token })).toMatchObject({ code: 51202, status: 409 })
    expect(await client.ask({ type: 'user.get', identity: 'alice' })).toMatchObject({ user: { identity: 'alice' } })
  })

  test('a version that is not served', async () => {
    await using server = await startInProcess()
    const client = await RawClient.connect(server.url)
    const error = await client.refusal({ type: 'session.start', version: 2, token: await server.token('alice') })
    expect(error).toMatchObject({ code: 51203, detail: { newest: 1, oldest: 1 } })
    expect(await client.closed).toMatchObject({ code: 4503 })
  })

  test.each([
    ['identity', 'bob', undefined],
    ['service', 'alice', OTHER_SERVICE_SID],
  ])('a renewal with another %s is refused, and the session goes on as it was', async (_what, identity, serviceSid) => {
    await using server = await startInProcess()
    const alice = await server.signIn('alice')
    const token = await server.token(identity, serviceSid)
    expect(await alice.refusal({ type: 'session.renew', token })).toMatchObject({ code: 51207, status: 403 })
    const { conversation } = await alice.ask({ type: 'conversation.create' })
    expect(conversation.createdBy).toBe('alice')
  })
})

describe('a session that asks for much', () => {
  test('10,000 requests at once are held up and all answered in order', async () => {
    await using server = await startInProcess()
    const alice = await server.signIn('alice')
    alice.onEvent = () => {}
    const conversationSid = await conversationOf(alice, 'alice')
    pipeline(alice, 10_000, (at) => ({ type: 'message.send', conversationSid, body: `${at}` }))
    const frames = await answers(alice, 10_000)
    expect(frames.every(({ reply, result }, at) => reply === at + 1 && result?.index === at)).toBe(true)
    pipeline(alice, 10_000, () => ({ type: 'conversation.get', conversationSid }))
    const read = await answers(alice, 10_000)
    expect(read.every(({ reply, result }, at) => reply === at + 1 && result !== undefined)).toBe(true)
  })

  test('of 10,000 conversations asked for one by one, 100 can be followed', async () => {
    await using server = await startInProcess()
    const { alice, sids } = await withConversations(server, 150)
    const codes = new Map<number | undefined, number>()
    for (let at = 0; at < 10_000; at++) {
      const conversationSid = sids[at % sids.length]
      const { error } = await alice.exchange({ type: 'conversation.get', conversationSid, subscribe: true })
      codes.set(error?.code, (codes.get(error?.code) ?? 0) + 1)
    }
    // Who is followed already may be asked for again.
    const again = Math.ceil(10_000 / sids.length)
    expect(codes.get(undefined)).toBeGreaterThanOrEqual(LIMITS.subscriptionsPerSession)
    expect(codes.get(undefined)).toBeLessThanOrEqual(LIMITS.subscriptionsPerSession * again)
    expect(codes.get(51205)).toBe(10_000 - Number(codes.get(undefined)))
  })

  test('asked for all at once, not more than 100 can be followed either', async () => {
    await using server = await startInProcess()
    const { alice, sids } = await withConversations(server, 300)
    pipeline(alice, sids.length, (at) => ({ type: 'conversation.get', conversationSid: sids[at], subscribe: true }))
    const frames = await answers(alice, sids.length)
    expect(frames.filter(({ result }) => result)).toHaveLength(LIMITS.subscriptionsPerSession)
    expect(frames.filter(({ error }) => error?.code === 51205)).toHaveLength(200)
  })

  test('who unsubscribes from one can follow another', async () => {
    await using server = await startInProcess()
    const { alice, sids } = await withConversations(server, 101)
    for (const conversationSid of sids.slice(0, 100))
      await alice.ask({ type: 'conversation.get', conversationSid, subscribe: true })
    const [first = '', last = ''] = [sids[0], sids[100]]
    expect(await alice.refusal({ type: 'conversation.get', conversationSid: last, subscribe: true })).toMatchObject({
      code: 51205,
    })
    await alice.ask({ type: 'conversation.unsubscribe', conversationSid: first })
    await alice.ask({ type: 'conversation.get', conversationSid: last, subscribe: true })
  })

  test('typing that is told again and again is passed on once', async () => {
    await using server = await startInProcess()
    const alice = await server.signIn('alice')
    const bob = await server.signIn('bob')
    const conversationSid = await conversationOf(alice, 'alice', 'bob')
    pipeline(alice, 300, () => ({ type: 'typing.start', conversationSid }))
    expect((await answers(alice, 300)).every(({ result }) => result?.timeout === 5000)).toBe(true)
    await alice.ask({ type: 'message.send', conversationSid, body: 'done' })
    const heard: string[] = []
    for (let type = ''; type !== 'message.added'; heard.push(type))
      type = (await bob.next(({ event }) => !!event)).event?.type ?? ''
    expect(heard.filter((type) => type === 'typing.started')).toHaveLength(1)
  })

  test('100 malformed frames end it', async () => {
    await using server = await startInProcess()
    const alice = await server.signIn('alice')
    for (let at = 0; at < 100; at++) alice.socket.send('{"id":')
    expect(await alice.closed).toMatchObject({ code: 4500 })
  })
})

/** A session of alice and conversations of hers that she is not in. */
async function withConversations(server: InProcessServer, count: number): Promise<{ alice: RawClient; sids: string[] }> {
  const alice = await server.signIn('alice')
  const sids: string[] = []
  while (sids.length < count) sids.push((await alice.ask({ type: 'conversation.create' })).conversation.sid)
  return { alice, sids }
}

describe('a reader that does not read', () => {
  afterEach(endServerProcesses)

  const MIB = 1024 * 1024
  const BODY = 'x'.repeat(30_000)

  /** alice sends to bob, who has stopped to read, until the server has given him up. */
  async function overrun(): Promise<{
    server: ServerProcess
    alice: RawClient
    bob: RawClient
    conversationSid: string
    before: number
  }> {
    const folder = await dataFolder()
    const server = await ServerProcess.start({ data: folder.path })
    const alice = await RawClient.signIn(server.url, await server.token('alice'))
    alice.onEvent = () => {}
    const bob = await RawClient.signIn(server.url, await server.token('bob'))
    const conversationSid = await conversationOf(alice, 'alice', 'bob')
    // What sending needs by itself is not counted: the heap and the database's cache grow with the first messages, whoever reads them.
    for (let sent = 0; sent < 500; sent++) await alice.ask({ type: 'message.send', conversationSid, body: BODY })
    const before = await server.residentBytes()
    bob.socket.pause()
    let sent = 0
    while ((await server.metric('conversa_event_queue_closed_total')) === 0) {
      await Promise.all(Array.from({ length: 10 }, () => alice.ask({ type: 'message.send', conversationSid, body: BODY })))
      sent += 10
      expect(sent * BODY.length).toBeLessThan(64 * MIB)
    }
    return { server, alice, bob, conversationSid, before }
  }

  test('is closed with 4001 and gets all it missed by resuming', async () => {
    const { server, bob, conversationSid } = await overrun()
    const revisions: number[] = []
    bob.onEvent = (event) => {
      if (event.type === 'message.added') revisions.push(event.revision)
    }
    bob.socket.resume()
    expect(await bob.closed).toMatchObject({ code: 4001 })
    const again = await RawClient.signIn(server.url, await server.token('bob'))
    const last = revisions.at(-1) ?? 0
    const { conversations } = await again.ask({ type: 'conversation.resume', since: [{ conversationSid, revision: last }] })
    const [news] = conversations
    const delta = news && 'delta' in news ? news.delta : []
    expect(delta[0]?.revision).toBe(last + 1)
    expect(delta.length).toBeGreaterThan(0)
  })

  test('that never reads again is cut off, and what was kept for it is free again', async () => {
    const { server, alice, conversationSid, before } = await overrun()
    await vi.waitUntil(async () => (await server.metric('conversa_connections')) === 1, { timeout: 20_000 })
    // Some more work lets the collector see what is gone.
    for (let sent = 0; sent < 50; sent++) await alice.ask({ type: 'message.send', conversationSid, body: BODY })
    expect((await server.residentBytes()) - before).toBeLessThan(48 * MIB)
  })
})

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Store } from '@conversa/core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type InProcessOptions, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { backEndOf } from '../rest/back-end.ts'
import { HandClock } from '../scenarios/hand-clock.ts'
import { pendingIs } from './pending.ts'
import { Receiver } from './receiver.ts'

const TOLD = { xTwilioWebhookEnabled: 'true' as const }

async function start(options: InProcessOptions = {}) {
  const server = await startInProcess(options)
  const { v1 } = backEndOf(server).conversations
  const listen = (url: string) =>
    v1
      .services(SERVICE_SID)
      .configuration.webhooks()
      .update({ postWebhookUrl: url, filters: ['onMessageAdded'] })
  const say = (room: string, ...bodies: string[]) =>
    bodies.reduce<Promise<unknown>>(
      (before, body) => before.then(() => v1.conversations(room).messages.create({ body, ...TOLD })),
      Promise.resolve(),
    )
  return { server, v1, listen, say }
}

async function begin(options: InProcessOptions = {}) {
  const receiver = await Receiver.begin()
  const started = await start(options)
  onTestFinished(() => started.server[Symbol.asyncDispose]())
  await started.listen(receiver.url)
  return { receiver, ...started }
}

const bodiesOf = (receiver: Receiver) => receiver.received.map(({ fields }) => fields.Body)
const settled = (server: { store: Store }) => pendingIs(server, (found) => expect(found).toEqual([]))

describe('a delivery', () => {
  test('is tried again under the same id until it arrives, and those behind it wait', async () => {
    const clock = new HandClock()
    const { receiver, server, v1, say } = await begin({ clock })
    let failures = 3
    receiver.answer = () => (failures-- > 0 ? { status: 500 } : { status: 200 })
    const { sid } = await v1.conversations.create()
    await say(sid, 'one', 'two', 'three')
    for (const pause of [1000, 2000, 4000]) {
      await pendingIs(server, (found) => expect(found[0]?.attempts).toBe(Math.log2(pause / 1000) + 1))
      clock.advance(pause)
    }
    await settled(server)
    expect(bodiesOf(receiver)).toEqual(['one', 'one', 'one', 'one', 'two', 'three'])
    expect(receiver.received.map(({ fields }) => fields.RetryCount)).toEqual(['0', '1', '2', '3', '0', '0'])
    const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
    expect(new Set(ids.slice(0, 4)).size).toBe(1)
    expect(new Set(ids).size).toBe(3)
  })

  test('is a dead letter after twenty tries, and the next one follows', async () => {
    const clock = new HandClock()
    const { receiver, server, v1, say } = await begin({ clock })
    receiver.answer = ({ fields }) => ({ status: fields.Body === 'one' ? 400 : 204 })
    const { sid } = await v1.conversations.create()
    await say(sid, 'one', 'two')
    for (let tries = 1; tries < 20; tries++) {
      await pendingIs(server, (found) => expect(found[0]?.attempts).toBe(tries))
      clock.advance(600_000)
    }
    await pendingIs(server, (found) => expect(found).toEqual([{ attempts: 20, dead: true }]))
    expect(bodiesOf(receiver).at(-1)).toBe('two')
    expect(bodiesOf(receiver)).toHaveLength(21)
    expect(server.logged.some((line) => line.includes('gave up telling a webhook'))).toBe(true)
    expect(server.logged.join()).not.toContain('"one"')
  })

  test('to one that never answers holds up nobody else', async () => {
    const { receiver, v1, say, server } = await begin({ hookDeadline: 2000 })
    const slow = await Receiver.begin()
    slow.answer = () => 'hang'
    const { sid } = await v1.conversations.create()
    const { webhooks } = v1.conversations(sid)
    await webhooks.create({ target: 'webhook', 'configuration.url': slow.url, 'configuration.filters': ['onMessageAdded'] })
    const bodies = Array.from({ length: 20 }, (_, at) => `${at}`)
    await say(sid, ...bodies)
    await receiver.has(20)
    expect(bodiesOf(receiver)).toEqual(bodies)
    await pendingIs(server, (found) => expect(found[0]?.attempts).toBeGreaterThan(0))
    // What the other one has got is removed after it has answered.
    await pendingIs(server, (found) => expect(found).toHaveLength(20))
    expect(new Set(bodiesOf(slow))).toEqual(new Set(['0']))
  })

  test('does not follow where a webhook sends it, and does not read on for ever', async () => {
    const { receiver, v1, say, server } = await begin()
    const other = await Receiver.begin()
    receiver.answer = ({ fields }) =>
      fields.Body === 'one' ? { status: 302, location: other.url } : { status: 200, body: 'x'.repeat(10_000_000) }
    const { sid } = await v1.conversations.create()
    const second = await v1.conversations.create()
    await say(second.sid, 'two')
    await pendingIs(server, (found) => expect(found).toEqual([]))
    await say(sid, 'one')
    await pendingIs(server, (found) => expect(found).toEqual([{ attempts: 1, dead: false }]))
    expect(other.received).toEqual([])
  })
})

describe('a webhook on this machine', () => {
  test.each([
    '127.0.0.1',
    'localhost',
    'localhost.',
    '0177.0.0.1',
    '[::1]',
    '2130706433',
    '0x7f.1',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '0',
  ])('is not reached as %s where it may not be there', async (host) => {
    const { receiver, v1, say, server, listen } = await begin({ mayBePrivate: false })
    await listen(`http://${host}:${new URL(receiver.url).port}/`)
    const { sid } = await v1.conversations.create()
    await say(sid, 'one')
    await pendingIs(server, (found) => expect(found).toEqual([{ attempts: 1, dead: false }]))
    expect(receiver.received).toEqual([])
  })
})

describe('a name that leads elsewhere the next time', () => {
  /** Every address at which this process begins to connect to a port. */
  const attempts = (port: number) => {
    const begun: string[] = []
    const watch = (message: unknown) =>
      (message as { socket: Socket }).socket.on('connectionAttempt', (address, at) => {
        if (at === port) begun.push(address)
      })
    subscribe('net.client.socket', watch)
    onTestFinished(() => void unsubscribe('net.client.socket', watch))
    return begun
  }
  /** Of documentation: nobody is there. */
  const PUBLIC = { address: '192.0.2.1', family: 4 }
  const PRIVATE = { address: '127.0.0.1', family: 4 }

  test('is looked up once for each try, and what was looked at is what is connected to', async () => {
    const clock = new HandClock()
    const answers = [[PUBLIC], [PRIVATE], [PUBLIC, PRIVATE]]
    let lookups = 0
    const lookup: InProcessOptions['lookup'] = (_name, _options, done) => done(null, answers[lookups++] ?? [PRIVATE])
    const { receiver, v1, say, server, listen } = await begin({ mayBePrivate: false, hookDeadline: 200, clock, lookup })
    const { port } = new URL(receiver.url)
    await listen(`http://rebound.example.org:${port}/`)
    const { sid } = await v1.conversations.create()
    const begun = attempts(Number(port))
    await say(sid, 'one')
    for (const tries of [1, 2, 3]) {
      await pendingIs(server, (found) => expect(found).toEqual([{ attempts: tries, dead: false }]))
      expect(lookups).toBe(tries)
      // The first try went to the address that was looked at; the others, to private ones, went nowhere.
      expect(begun).toEqual([PUBLIC.address])
      if (tries < 3) clock.advance(600_000)
    }
    expect(receiver.received).toEqual([])
  })
})

describe('what is counted', () => {
  test('is every try, what waits, and what was given up', async () => {
    const clock = new HandClock()
    const { receiver, server, v1, say } = await begin({ clock })
    receiver.answer = ({ fields }) => ({ status: fields.Body === 'bad' ? 500 : 200 })
    const { sid } = await v1.conversations.create()
    const tries = (outcome: string) => server.metric(`conversa_webhook_tries_total\\{outcome="${outcome}"\\}`)
    expect(await Promise.all(['delivered', 'failed', 'dead'].map(tries))).toEqual([0, 0, 0])
    await say(sid, 'bad', 'good')
    await pendingIs(server, (found) => expect(found[0]?.attempts).toBe(1))
    expect([await server.metric('conversa_webhook_pending'), await server.metric('conversa_webhook_dead_letters')]).toEqual([
      2, 0,
    ])
    for (let attempt = 1; attempt < 20; attempt++) {
      await pendingIs(server, (found) => expect(found[0]?.attempts).toBe(attempt))
      clock.advance(600_000)
    }
    await pendingIs(server, (found) => expect(found).toEqual([{ attempts: 20, dead: true }]))
    expect([await server.metric('conversa_webhook_pending'), await server.metric('conversa_webhook_dead_letters')]).toEqual([
      0, 1,
    ])
    expect(await Promise.all(['delivered', 'failed', 'dead'].map(tries))).toEqual([1, 19, 1])
  })
})

describe('a server that ends', () => {
  test('leaves what is to be told to the next one: all of it, in order, duplicates under one id', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'conversa-hooks-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const open = () => new DatabaseSync(join(folder, 'data.db'))
    const receiver = await Receiver.begin()
    receiver.answer = ({ fields }) => (fields.Body === '3' ? 'hang' : { status: 200 })
    const first = await start({ open, hookDeadline: 200 })
    await first.listen(receiver.url)
    const { sid } = await first.v1.conversations.create()
    await first.say(sid, '1', '2', '3', '4', '5')
    // The third one has come in and was not answered: nobody knows whether it counts.
    await receiver.has(3)
    await first.server[Symbol.asyncDispose]()
    receiver.answer = () => ({ status: 200 })
    const second = await start({ open, ahead: () => 60_000 })
    onTestFinished(() => second.server[Symbol.asyncDispose]())
    await second.say(sid, '6')
    await vi.waitFor(() => expect(bodiesOf(receiver)).toContain('6'), { timeout: 10_000 })
    await settled(second.server)
    const seen = new Map(receiver.received.map(({ headers, fields }) => [headers['webhook-id'], fields.Body]))
    expect([...seen.values()]).toEqual(['1', '2', '3', '4', '5', '6'])
    const bodies = bodiesOf(receiver)
    expect(bodies.filter((body, at) => body !== bodies[at - 1])).toEqual(['1', '2', '3', '4', '5', '6'])
  })
})

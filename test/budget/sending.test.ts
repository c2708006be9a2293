import type { Event } from '@conversa/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { toldBy } from '../end-to-end/forked.ts'
import { startInProcess } from '../end-to-end/in-process-server.ts'
import type { RawClient } from '../end-to-end/raw-client.ts'
import { CountingDatabase } from './counting-database.ts'
import type { KeptHeap } from './heap-of-sends.ts'
import { countWrites } from './written-pieces.ts'

/*
 * What a send may cost, in counts and not in times: they are the same on every machine, and fail when somebody makes a send dearer. Who makes
 * it cheaper sets them lower.
 */

/** Sends that share a commit. */
const GROUP = 50

async function room(database = new CountingDatabase()) {
  const server = await startInProcess({ open: () => database })
  onTestFinished(() => server[Symbol.asyncDispose]())
  const [alice, bob] = [await server.signIn('alice'), await server.signIn('bob')]
  const { conversation } = await alice.ask({ type: 'conversation.create', friendlyName: 'of a budget' })
  const conversationSid = conversation.sid
  for (const identity of ['alice', 'bob']) await alice.ask({ type: 'participant.add', conversationSid, identity })
  const send = (client: RawClient, key: string) =>
    client.ask({ type: 'message.send', conversationSid, body: 'x'.repeat(100), key })
  // Of what is cached there is nothing before it.
  await send(alice, 'first')
  return { alice, bob, database, send, conversationSid }
}

test('a send is two statements and one row, beside what its group has in common', async () => {
  const { alice, database, send } = await room()
  const { statements, rows } = database.asked
  await Promise.all(Array.from({ length: GROUP }, (_, at) => send(alice, `key${at}`)))
  // Its key is looked for, and it is inserted. In common: the transaction's beginning and end, and the conversation's row. The network may
  // bring the requests in two or three turns, and each has its group.
  expect(database.asked.statements - statements).toBeLessThanOrEqual(2 * GROUP + 3 * 3)
  expect(database.asked.rows - rows).toBeLessThanOrEqual(GROUP + 3)
})

test('a send that is alone is not more than five statements', async () => {
  const { alice, database, send } = await room()
  const { statements } = database.asked
  await send(alice, 'alone')
  expect(database.asked.statements - statements).toBeLessThanOrEqual(5)
})

test('a page of messages is one statement', async () => {
  const { alice, send, database, conversationSid } = await room()
  await Promise.all(Array.from({ length: GROUP }, (_, at) => send(alice, `key${at}`)))
  const page = () => alice.ask({ type: 'message.page', conversationSid, anchor: 30, limit: 10 })
  await page()
  const { statements } = database.asked
  const { messages, older, newer } = await page()
  expect([messages.length, older, newer]).toEqual([10, 20, 31])
  expect(database.asked.statements - statements).toBe(1)
})

test('a delivery is the text and not more than 375 bytes about it', async () => {
  const { alice, bob, send } = await room()
  const heard = new Promise<Event>((resolve) => {
    bob.onEvent = (event) => event.type === 'message.added' && resolve(event)
  })
  await send(alice, 'one')
  const about = Buffer.byteLength(JSON.stringify({ event: await heard })) - 100
  expect(about).toBeLessThanOrEqual(375)
})

test('what a turn brings to a connection is one write', async () => {
  const { alice, bob, send } = await room()
  const port = () => (bob.socket as unknown as { _socket?: { localPort?: number } })._socket?.localPort
  let heard = 0
  const all = new Promise<void>((resolve) => {
    bob.onEvent = () => {
      if (++heard === GROUP) resolve()
    }
  })
  const writes = countWrites(port)
  await Promise.all([all, ...Array.from({ length: GROUP }, (_, at) => send(alice, `key${at}`))])
  // The requests come in within one turn or a few, as the network has it; never is it a write for each.
  expect(writes.count()).toBeLessThanOrEqual(GROUP / 5)
})

test('10,000 sends leave nothing on the heap but what is cached', async () => {
  const program = new URL('heap-of-sends.ts', import.meta.url)
  const { kept } = await toldBy<KeptHeap>(program, [], ['--expose-gc'])
  expect(kept).toBeLessThan(10 * 10_000)
})

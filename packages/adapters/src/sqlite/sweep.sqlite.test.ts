import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '@conversa/core'
import { CoreWorld } from '@conversa/core/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { FailingDatabase } from '../testing/failing-database.ts'
import { openSqliteStore } from './sqlite-store.ts'

const TABLES = ['messages', 'conversation_events', 'participants', 'sweeps'] as const

/** Rows that are left, table by table. */
const left = ({ real }: FailingDatabase) =>
  Object.fromEntries(TABLES.map((table) => [table, Number(real.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count)]))
const nothing = { messages: 0, conversation_events: 0, participants: 0, sweeps: 0 }

/** A conversation of 1,201 messages, a log and two members; in a store whose turns end when the test says so, if it wants that. */
async function filled(store: Store) {
  const world = await CoreWorld.on(store)
  const [anna, ben] = [await world.user('anna'), await world.user('ben')]
  const room = await anna.converse({ uniqueName: 'room' })
  await anna.add(room, ben)
  await Promise.all(Array.from({ length: 1201 }, (_, at) => anna.send(room, `${at}`)))
  return { world, anna, room }
}

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'conversa-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return join(folder, 'store.db')
}

test('the rows of a removed conversation go, in steps between which others write', async () => {
  const seen = new FailingDatabase()
  const sizes: number[] = []
  const store = openSqliteStore({ path: ':memory:', open: seen.open, observe: (size) => sizes.push(size) })
  onTestFinished(() => store.close())
  const { anna, room } = await filled(store)
  const other = await anna.converse()
  await anna.send(other, 'stays')
  await anna.do({ type: 'conversation.delete', conversationSid: room })
  expect(left(seen)).toMatchObject({ messages: 1202, sweeps: 1 })
  sizes.length = 0
  await anna.send(other, 'in between')
  expect(left(seen).messages).toBeGreaterThan(500)
  await vi.waitUntil(() => left(seen).sweeps === 0)
  expect(left(seen)).toEqual({ messages: 2, conversation_events: 2, participants: 1, sweeps: 0 })
  expect(sizes.length).toBeGreaterThanOrEqual(4)
  expect((await anna.messages(other)).map(({ body }) => body)).toEqual(['stays', 'in between'])
})

test('what was not swept when the store closed is swept when it opens again', async () => {
  const path = newPath()
  const seen = new FailingDatabase()
  const store = openSqliteStore({ path, open: seen.open })
  const { anna, room } = await filled(store)
  await anna.do({ type: 'conversation.delete', conversationSid: room })
  await store.close()
  const again = new FailingDatabase()
  const reopened = openSqliteStore({ path, open: again.open })
  onTestFinished(() => reopened.close())
  expect(left(again).sweeps).toBe(1)
  expect(left(again).messages).toBeGreaterThan(0)
  await vi.waitUntil(() => left(again).sweeps === 0)
  expect(left(again)).toEqual(nothing)
})

test('what could not be swept is swept after the next removal', async () => {
  const seen = new FailingDatabase()
  const store = openSqliteStore({ path: ':memory:', open: seen.open })
  onTestFinished(() => store.close())
  const { anna, room } = await filled(store)
  const other = await anna.converse()
  seen.fails = (sql) => sql.startsWith('DELETE FROM messages')
  await anna.do({ type: 'conversation.delete', conversationSid: room })
  await vi.waitUntil(() => seen.log.some((sql) => sql.startsWith('DELETE FROM messages')))
  await anna.send(other, 'still here')
  expect(left(seen)).toMatchObject({ messages: 1202, sweeps: 1 })
  seen.fails = () => false
  await anna.do({ type: 'conversation.delete', conversationSid: other })
  await vi.waitUntil(() => left(seen).sweeps === 0)
  expect(left(seen)).toEqual(nothing)
})

test('a removal that comes while the sweeper finds nothing more to do is swept too', async () => {
  const turns: (() => void)[] = []
  const seen = new FailingDatabase()
  const store = openSqliteStore({ path: ':memory:', open: seen.open, schedule: (run) => turns.push(run) })
  /** Ends turns until a promise is settled. */
  const settle = async <T>(promise: Promise<T>): Promise<T> => {
    let isSettled = false
    void promise.finally(() => {
      isSettled = true
    })
    while (!isSettled) {
      for (const run of turns.splice(0)) run()
      await new Promise((resolve) => setImmediate(resolve))
    }
    return promise
  }
  onTestFinished(() => settle(store.close()))
  const { anna, room } = await settle(filled(store))
  const second = await settle(anna.converse())
  const third = await settle(anna.converse())
  // The sweeper's last look and the next removal share a commit, whichever comes first.
  await settle(anna.do({ type: 'conversation.delete', conversationSid: room }))
  while (left(seen).sweeps !== 0) await settle(store.transact([], () => {}))
  const removals = [second, third].map((conversationSid) => anna.do({ type: 'conversation.delete', conversationSid }))
  await settle(Promise.all(removals))
  for (let turn = 0; turn < 20; turn++) await settle(store.transact([], () => {}))
  expect(left(seen)).toEqual(nothing)
})

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Conversation } from '@conversa/client'
import { systemClock } from '@conversa/server'
import { expect, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { startInProcess } from '../end-to-end/in-process-server.ts'
import { next, World } from '../scenarios/world.ts'
import { backEndOf } from './back-end.ts'

const MINUTE = 60_000

/** The time of this machine, which can be put ahead. */
function clockAhead() {
  let ahead = 0
  const clock = { now: () => systemClock.now() + ahead, after: systemClock.after }
  const pass = (ms: number) => {
    ahead += ms
  }
  return { clock, pass }
}

/** A conversation of Anna's with timers, as her client and a back end see it. */
async function stage(timers: { 'timers.inactive'?: string; 'timers.closed'?: string }) {
  const { clock, pass } = clockAhead()
  const world = await World.begin({ clock })
  const { v1 } = backEndOf(world.server).conversations
  const { sid } = await v1.conversations.create(timers)
  const anna = await world.client('anna')
  const joined = next(anna, 'conversationJoined')
  await v1.conversations(sid).participants.create({ identity: 'anna' })
  return { api: v1.conversations(sid), conversation: await joined, pass, clock }
}

/** The next change of the state that a client hears of. */
const stateOf = async (conversation: Conversation) => {
  await next(conversation, 'updated', ({ updateReasons }) => updateReasons.includes('state'))
  return conversation.state?.current
}

test('a conversation goes inactive, is woken by a message, and closes for good; its client hears all of it', async () => {
  const { api, conversation, pass } = await stage({ 'timers.inactive': 'PT1M', 'timers.closed': 'PT10M' })
  let heard = stateOf(conversation)
  pass(MINUTE)
  expect(await heard).toBe('inactive')
  expect(await api.fetch()).toMatchObject({ state: 'inactive' })
  heard = stateOf(conversation)
  await conversation.sendMessage('hello?')
  expect(await heard).toBe('active')
  heard = stateOf(conversation)
  pass(MINUTE)
  expect(await heard).toBe('inactive')
  heard = stateOf(conversation)
  pass(9 * MINUTE)
  expect(await heard).toBe('closed')
  await expect(conversation.sendMessage('too late')).rejects.toMatchObject({ code: 50377 })
  expect((await api.fetch()).timers).toEqual({})
})

test('timers come out as the instants of what is still to come', async () => {
  const { api, conversation, pass, clock } = await stage({ 'timers.inactive': 'PT1M', 'timers.closed': 'P1DT12H' })
  const { timers, dateUpdated } = await api.fetch()
  const { date_inactive: inactive, date_closed: closed } = timers as Record<string, string>
  expect(Date.parse(closed as string) - Date.parse(inactive as string)).toBe(36 * 60 * MINUTE - MINUTE)
  expect(Math.abs(Date.parse(inactive as string) - dateUpdated.getTime() - MINUTE)).toBeLessThan(30_000)
  const heard = stateOf(conversation)
  pass(MINUTE)
  await heard
  expect((await api.fetch()).timers).toEqual({ date_closed: closed })
  await api.update({ 'timers.inactive': 'PT2M', 'timers.closed': '' })
  const again = (await api.fetch()).timers as Record<string, string>
  expect(again).toEqual({})
  const active = await api.update({ state: 'active' })
  expect(Object.keys(active.timers as object)).toEqual(['date_inactive'])
  expect(Date.parse((active.timers as { date_inactive: string }).date_inactive)).toBeGreaterThan(clock.now() + MINUTE)
})

test('what was due while the server was down happens when it starts again, once', async () => {
  const { clock, pass } = clockAhead()
  await using folder = await dataFolder()
  const open = () => new DatabaseSync(join(folder.path, 'conversa.db'))
  const first = await startInProcess({ clock, open })
  const { sid } = await backEndOf(first).conversations.v1.conversations.create({ 'timers.inactive': 'PT1M' })
  await first[Symbol.asyncDispose]()
  pass(MINUTE)
  for (const _ of ['the first start', 'the second start']) {
    await using server = await startInProcess({ clock, open })
    const api = backEndOf(server).conversations.v1.conversations(sid)
    await expect.poll(async () => (await api.fetch()).state).toBe('inactive')
    const { store } = server
    const rows = await store.read(async (reads) => reads.conversationsDue(clock.now(), 9))
    expect(rows).toEqual([])
    expect(server.database.prepare('SELECT revision FROM conversations').get()?.revision).toBe(2)
  }
})

import type { Store } from '@conversa/core'
import { CoreWorld, describeModel, type Person } from '@conversa/core/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { FailingDatabase } from '../testing/failing-database.ts'
import { openSqliteStore } from './sqlite-store.ts'

async function room() {
  const disk = new FailingDatabase()
  const store = openSqliteStore({ path: ':memory:', open: disk.open })
  onTestFinished(() => store.close())
  const world = await CoreWorld.on(store)
  const [anna, ben] = [await world.user('anna'), await world.user('ben')]
  const conversationSid = await anna.converse({ uniqueName: 'team' })
  await anna.add(conversationSid, ben)
  await anna.send(conversationSid, 'first')
  return { disk, world, anna, ben, conversationSid }
}

/** Fails the statements that match, so many times. */
function failing(disk: FailingDatabase, sql: RegExp, times = Number.POSITIVE_INFINITY) {
  let left = times
  disk.fails = (text) => sql.test(text) && left-- > 0
}

/** All that a client of Anna's can ask for, and all that is in the tables. */
async function everything({ world }: Person, conversationSid: string, disk: FailingDatabase) {
  const tables = disk.real.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all()
  const rows = tables.map(({ name }) => [name, disk.real.prepare(`SELECT * FROM ${name}`).all()])
  const anna = { serviceSid: world.serviceSid, identity: 'anna' }
  const read = await world.store.read(async (reads) => ({
    conversation: await reads.conversation(world.serviceSid, conversationSid),
    named: await reads.conversationByName(world.serviceSid, 'team'),
    renamed: await reads.conversationByName(world.serviceSid, 'renamed'),
    participants: await reads.participants(conversationSid, undefined, 9),
    anna: await reads.participantOf(conversationSid, 'anna'),
    ben: await reads.participantOf(conversationSid, 'ben'),
    carl: await reads.user({ ...anna, identity: 'carl' }),
    user: await reads.user(anna),
    messages: await reads.messages(conversationSid, { from: 0, direction: 'forward', limit: 99 }),
    memberships: await reads.memberships(anna, undefined, 9),
    roles: await reads.roles(world.serviceSid),
  }))
  return { rows, read }
}

describe('a write that fails', () => {
  /** Commands, and a statement of each that fails while others before it have succeeded. */
  const attempts: [name: string, sql: RegExp, attempt: (anna: Person, conversationSid: string) => Promise<unknown>][] = [
    ['a send', /^INSERT INTO messages/, (anna, conversationSid) => anna.send(conversationSid, 'lost', 'key')],
    ['a send at its conversation', /^UPDATE conversations/, (anna, conversationSid) => anna.send(conversationSid, 'lost', 'key')],
    [
      'an edit at its log',
      /^INSERT INTO conversation_events/,
      (anna, conversationSid) => anna.do({ type: 'message.update', conversationSid, index: 0, body: 'lost' }),
    ],
    [
      'an addition at the log of the user',
      /^INSERT INTO user_events/,
      (anna, conversationSid) => anna.do({ type: 'participant.add', conversationSid, identity: 'carl' }),
    ],
    [
      'a removal at the log of the user',
      /^INSERT INTO user_events/,
      (anna, conversationSid) => anna.do({ type: 'participant.remove', conversationSid, participant: 'ben' }),
    ],
    [
      'a renaming at its log',
      /^INSERT INTO conversation_events/,
      (anna, conversationSid) => anna.do({ type: 'conversation.update', conversationSid, uniqueName: 'renamed' }),
    ],
    [
      'a horizon at its log',
      /^INSERT INTO conversation_events/,
      (anna, conversationSid) => anna.do({ type: 'readHorizon.set', conversationSid, index: 0 }),
    ],
    [
      'a deletion at the log of its members',
      /^INSERT INTO user_events/,
      (anna, conversationSid) => anna.do({ type: 'conversation.delete', conversationSid }),
    ],
    [
      'a keyed command at its answer',
      /^INSERT OR REPLACE INTO answers/,
      (anna, conversationSid) => anna.do({ type: 'conversation.update', conversationSid, friendlyName: 'lost', key: 'k' }),
    ],
    ['a creation', /^INSERT INTO conversations/, (anna) => anna.do({ type: 'conversation.create' })],
    ['a profile', /^INSERT INTO user_events/, (anna) => anna.do({ type: 'user.update', friendlyName: 'lost' })],
  ]

  test.each(attempts)(
    '%s leaves nothing, in the tables and in what is read; then it can be tried again',
    async (_, sql, attempt) => {
      const { disk, anna, conversationSid } = await room()
      const recorder = await anna.listen()
      const before = await everything(anna, conversationSid, disk)
      failing(disk, sql)
      await expect(attempt(anna, conversationSid)).rejects.toThrow('the disk fails')
      expect(await everything(anna, conversationSid, disk)).toEqual(before)
      expect(recorder.heard).toEqual([])
      disk.fails = () => false
      await attempt(anna, conversationSid)
      expect(await everything(anna, conversationSid, disk)).not.toEqual(before)
    },
  )

  test('does not harm its neighbours in the group', async () => {
    const { disk, anna, ben, conversationSid } = await room()
    const recorder = await ben.listen()
    failing(disk, /^INSERT INTO conversation_events/)
    const told = await Promise.allSettled([
      anna.send(conversationSid, 'a'),
      anna.do({ type: 'conversation.update', conversationSid, friendlyName: 'lost' }),
      ben.send(conversationSid, 'b'),
      anna.do({ type: 'message.remove', conversationSid, index: 0 }),
      anna.send(conversationSid, 'c'),
    ])
    disk.fails = () => false
    expect(told.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'])
    expect((await anna.messages(conversationSid)).map(({ body }) => body)).toEqual(['first', 'a', 'b', 'c'])
    expect(await anna.view(conversationSid)).toMatchObject({ messagesCount: 4, friendlyName: null, revision: 7 })
    const heard = recorder.take().map((event) => ('revision' in event ? [event.type, event.revision] : []))
    expect(heard).toEqual([5, 6, 7].map((revision) => ['message.added', revision]))
  })

  test('once, in a group, is made up for: every work is tried again alone', async () => {
    const { disk, anna, conversationSid } = await room()
    failing(disk, /^INSERT INTO messages/, 1)
    const sends = await Promise.all([1, 2, 3].map((number) => anna.send(conversationSid, `${number}`)))
    expect(sends.map(({ index }) => index)).toEqual([1, 2, 3])
    expect((await anna.messages(conversationSid)).map(({ body }) => body)).toEqual(['first', '1', '2', '3'])
  })
})

describe('a commit that fails', () => {
  test('rejects what was to be committed, and leaves nothing', async () => {
    const { disk, world, anna, ben, conversationSid } = await room()
    const recorder = await ben.listen()
    const before = await everything(anna, conversationSid, disk)
    failing(disk, /^COMMIT/)
    const told = await Promise.allSettled([
      anna.send(conversationSid, 'a'),
      ben.do({ type: 'readHorizon.set', conversationSid, index: 0 }),
      anna.do({ type: 'participant.add', conversationSid, identity: 'carl' }),
      anna.do({ type: 'conversation.update', conversationSid, uniqueName: 'renamed' }),
      anna.do({ type: 'conversation.delete', conversationSid }),
      world.user('dora'),
    ])
    expect(told.map((one) => one.status === 'rejected' && String(one.reason))).toEqual(
      told.map(() => 'Error: the disk fails: COMMIT'),
    )
    expect(await everything(anna, conversationSid, disk)).toEqual(before)
    expect(recorder.heard).toEqual([])
    disk.fails = () => false
    expect(await anna.send(conversationSid, 'a')).toMatchObject({ index: 1 })
    expect(await anna.view(conversationSid)).toMatchObject({ messagesCount: 2, revision: 5 })
  })

  test('once, for a group, is made up for one by one', async () => {
    const { disk, anna, conversationSid } = await room()
    failing(disk, /^COMMIT/, 2)
    const told = await Promise.allSettled([1, 2, 3].map((number) => anna.send(conversationSid, `${number}`)))
    expect(told.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect((await anna.messages(conversationSid)).map(({ index, body }) => [index, body])).toEqual([
      [0, 'first'],
      [1, '2'],
      [2, '3'],
    ])
  })

  test('and was answered so can be repeated with its key', async () => {
    const { disk, anna, conversationSid } = await room()
    failing(disk, /^COMMIT/, 1)
    await expect(anna.send(conversationSid, 'once', 'k')).rejects.toThrow('the disk fails')
    const first = await anna.send(conversationSid, 'once', 'k')
    expect(await anna.send(conversationSid, 'once', 'k')).toEqual(first)
    expect(await anna.messages(conversationSid)).toHaveLength(2)
  })
})

describe('a store that cannot write', () => {
  test.each([/^BEGIN/, /^INSERT OR REPLACE INTO meta/, /^COMMIT/])('says so: %s', async (sql) => {
    const { disk, world, anna, conversationSid } = await room()
    expect(await world.core.writable()).toBe(true)
    failing(disk, sql)
    expect(await world.core.writable()).toBe(false)
    expect(await anna.messages(conversationSid)).toHaveLength(1)
    disk.fails = () => false
    expect(await world.core.writable()).toBe(true)
  })

  test('cannot even undo: reads wait for better times instead of showing what was not committed', async () => {
    const { disk, anna, conversationSid } = await room()
    failing(disk, /^(COMMIT|ROLLBACK)/)
    await expect(anna.send(conversationSid, 'lost')).rejects.toThrow('the disk fails')
    await expect(anna.messages(conversationSid)).rejects.toThrow('the disk fails')
    disk.fails = () => false
    expect((await anna.messages(conversationSid)).map(({ body }) => body)).toEqual(['first'])
    expect(await anna.send(conversationSid, 'kept')).toMatchObject({ index: 1 })
  })

  test('a set-up that fails leaves no database open', () => {
    const disk = new FailingDatabase()
    failing(disk, /^PRAGMA/)
    expect(() => openSqliteStore({ path: ':memory:', open: disk.open })).toThrow('the disk fails')
    expect(disk.real.isOpen).toBe(false)
  })
})

/** The disks under the stores of the model. */
const disks = new WeakMap<Store, FailingDatabase>()

/** Fails now and then, always at the same places of the same run. */
function disturb(store: Store, turn: number): void {
  const disk = disks.get(store)
  if (!disk) throw new Error('this store has no disk')
  let statement = turn * 7
  disk.fails = (sql) => {
    if (sql === 'ROLLBACK') return false
    statement++
    return sql === 'COMMIT' ? statement % 5 === 0 : statement % 11 === 0
  }
}

describeModel('SQLite on a disk that fails now and then', {
  runs: 60,
  open: () => {
    const disk = new FailingDatabase()
    const store = openSqliteStore({ path: ':memory:', open: disk.open })
    disks.set(store, disk)
    return store
  },
  disturb,
})

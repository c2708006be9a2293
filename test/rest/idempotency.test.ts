import { describe, expect, test } from 'vitest'
import { ACCOUNTS, OTHER_SERVICE_SID, SERVICE_SID } from '../end-to-end/in-process-server.ts'
import { HandClock } from '../scenarios/hand-clock.ts'
import { World } from '../scenarios/world.ts'
import { backEndOf } from './back-end.ts'
import { call, type RawCall } from './raw-call.ts'

const DAY = 24 * 60 * 60 * 1000

async function stage(options: Parameters<typeof World.begin>[0] = {}) {
  const world = await World.begin(options)
  const { v1 } = backEndOf(world.server).conversations
  const post = (path: string, key: string, form: Record<string, string>, more: RawCall = {}) =>
    call(world.server, 'POST', path, { form, headers: { 'idempotency-key': key }, ...more })
  return { world, v1, post }
}

/** Every POST there is, with fields that would make or change something each time. */
const POSTS: readonly (readonly [string, Record<string, string>])[] = [
  ['/v1/Conversations', { FriendlyName: 'f' }],
  ['/v1/Conversations/room', { FriendlyName: 'g' }],
  ['/v1/ConversationWithParticipants', { Participant: '{"identity":"carl"}' }],
  ['/v1/Conversations/room/Messages', { Body: 'b' }],
  ['/v1/Conversations/room/Participants', { Identity: 'ben' }],
  ['/v1/Conversations/room/Participants/anna', { Attributes: '[1]' }],
  ['/v1/Users', { Identity: 'dora' }],
  ['/v1/Users/anna', { FriendlyName: 'Anna' }],
  ['/v1/Users/anna/Conversations/room', { NotificationLevel: 'muted' }],
  ['/v1/Roles', { FriendlyName: 'r', Type: 'service', Permission: 'createConversation' }],
  ['/v1/Services', { FriendlyName: 's' }],
  [`/v1/Services/${SERVICE_SID}/Configuration`, { ReachabilityEnabled: 'true' }],
]

describe('Idempotency-Key', () => {
  test.each(POSTS)('POST %s with the same key is done once', async (path, form) => {
    const { world, v1, post } = await stage()
    await v1.conversations.create({ uniqueName: 'room' })
    await v1.conversations('room').participants.create({ identity: 'anna' })
    const rows = () =>
      ['conversations', 'conversation_events', 'messages', 'participants', 'users', 'user_events', 'roles', 'services'].map(
        (table) => world.server.database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count,
      )
    const before = rows()
    const first = await post(path, 'key', form)
    const after = rows()
    const second = await post(path, 'key', form)
    expect([second.status, second.body]).toEqual([first.status, first.body])
    expect(first.status).toBeLessThan(300)
    expect(rows()).toEqual(after)
    if (!path.endsWith('Configuration')) expect(after).not.toEqual(before)
  })

  test('two at once make one', async () => {
    const { v1, post } = await stage()
    const answers = await Promise.all(Array.from({ length: 8 }, () => post('/v1/Conversations', 'k', { FriendlyName: 'f' })))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(await v1.conversations.list()).toHaveLength(1)
  })

  test('the first answer comes again whatever has become of what it made', async () => {
    const { v1, post } = await stage()
    await v1.conversations.create({ uniqueName: 'room' })
    const sent = await post('/v1/Conversations/room/Messages', 'k', { Body: 'b' })
    await v1.conversations('room').remove()
    expect(await post('/v1/Conversations/room/Messages', 'k', { Body: 'b' })).toMatchObject({ status: 201, body: sent.body })
  })

  test('a refusal is kept too', async () => {
    const { v1, post } = await stage()
    const { sid } = await v1.conversations.create({ uniqueName: 'taken' })
    const refused = await post('/v1/Conversations', 'k', { UniqueName: 'taken' })
    expect(refused).toMatchObject({ status: 409, body: { code: 50353 } })
    await v1.conversations(sid).remove()
    expect(await post('/v1/Conversations', 'k', { UniqueName: 'taken' })).toMatchObject({ status: 409, body: refused.body })
    expect(await post('/v1/Conversations', 'another', { UniqueName: 'taken' })).toMatchObject({ status: 201 })
  })

  test('the same key with another body, or about something else, is refused and changes nothing', async () => {
    const { v1, post } = await stage()
    for (const uniqueName of ['one', 'two']) await v1.conversations.create({ uniqueName })
    await post('/v1/Conversations/one', 'k', { FriendlyName: 'f' })
    const reused = { status: 409, body: { code: 20409, status: 409 } }
    expect(await post('/v1/Conversations/one', 'k', { FriendlyName: 'g' })).toMatchObject(reused)
    expect(await post('/v1/Conversations/two', 'k', { FriendlyName: 'f' })).toMatchObject(reused)
    expect(await v1.conversations('one').fetch()).toMatchObject({ friendlyName: 'f' })
    expect(await v1.conversations('two').fetch()).toMatchObject({ friendlyName: null })
  })

  test('keys of other operations, services and accounts are other keys', async () => {
    const { post } = await stage()
    const made = new Set<unknown>()
    const [, other] = ACCOUNTS
    for (const [path, form, more] of [
      ['/v1/Conversations', { FriendlyName: 'f' }, {}],
      [`/v1/Services/${OTHER_SERVICE_SID}/Conversations`, { FriendlyName: 'f' }, {}],
      ['/v1/ConversationWithParticipants', { FriendlyName: 'f' }, {}],
      ['/v1/Conversations', { FriendlyName: 'f' }, { credentials: [other.sid, other.authToken] as const }],
    ] as const) {
      const { status, body } = await post(path, 'k', form, more)
      expect(status).toBe(201)
      made.add((body as { sid: string }).sid)
    }
    expect(made.size).toBe(4)
    const same = await post(`/v1/Services/${SERVICE_SID}/Conversations`, 'k', { FriendlyName: 'f' })
    expect(made.has((same.body as { sid: string }).sid)).toBe(true)
  })

  test('is forgotten after seven days, and after as many as the operator says', async () => {
    for (const [life, options] of [
      [7 * DAY, {}],
      [DAY, { idempotencyKeyLife: DAY }],
    ] as const) {
      const clock = new HandClock()
      const { world, v1, post } = await stage({ clock, ...options })
      for (let number = 0; number < 5; number++) await post('/v1/Conversations', `early-${number}`, {})
      clock.advance(life - 1)
      await post('/v1/Conversations', 'early-0', {})
      expect(await v1.conversations.list()).toHaveLength(5)
      clock.advance(1)
      await post('/v1/Conversations', 'early-0', {})
      expect(await v1.conversations.list()).toHaveLength(6)
      await post('/v1/Conversations', 'late', {})
      const kept = world.server.database.prepare('SELECT count(*) AS count FROM answers').get()
      expect(kept?.count).toBe(2)
    }
  })

  test.each(['', ' ', 'é', 'x'.repeat(256), 'a b'])('the key %j is refused', async (key) => {
    const { v1, world } = await stage()
    const headers = { 'idempotency-key': key }
    const answer = await call(world.server, 'POST', '/v1/Conversations', { form: {}, headers })
    expect(answer).toMatchObject({ status: 400, body: { code: 20001 } })
    expect(await v1.conversations.list()).toEqual([])
  })
})

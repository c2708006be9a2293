import { ERRORS, type ErrorName, LIMITS } from '@conversa/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type InProcessServer, startInProcess } from './in-process-server.ts'
import type { RawClient } from './raw-client.ts'

let server: InProcessServer
let alice: RawClient
let conversationSid: string

beforeAll(async () => {
  server = await startInProcess()
  alice = await server.signIn('alice')
  alice.onEvent = () => {}
  conversationSid = (await alice.ask({ type: 'conversation.create', uniqueName: 'taken' })).conversation.sid
  await alice.ask({ type: 'participant.add', conversationSid, identity: 'alice' })
  await alice.ask({ type: 'message.send', conversationSid, body: 'first' })
})

afterAll(() => server[Symbol.asyncDispose]())

const SID = '0'.repeat(32)

/** Bytes of UTF-8, made of a character of three. */
const bytes = (count: number) => '€'.repeat(Math.floor(count / 3)) + 'x'.repeat(count % 3)
const json = (count: number) => JSON.stringify('x'.repeat(count - 2))
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

/** What the vendor documents a code of its own for (rest-and-semantics 3.14). */
const CASES: readonly (readonly [ErrorName, string, () => object])[] = [
  ['friendly-name-too-long', 'create', () => ({ type: 'conversation.create', friendlyName: 'x'.repeat(257) })],
  ['friendly-name-too-long', 'update', () => ({ type: 'conversation.update', conversationSid, friendlyName: 'x'.repeat(257) })],
  ['friendly-name-too-long', 'user', () => ({ type: 'user.update', friendlyName: 'x'.repeat(257) })],
  ['unique-name-too-long', 'create', () => ({ type: 'conversation.create', uniqueName: 'x'.repeat(257) })],
  ['unique-name-looks-like-sid', 'create', () => ({ type: 'conversation.create', uniqueName: `CH${SID}` })],
  ['unique-name-looks-like-sid', 'update', () => ({ type: 'conversation.update', conversationSid, uniqueName: `CH${SID}` })],
  ['unique-name-taken', 'create', () => ({ type: 'conversation.create', uniqueName: 'taken' })],
  [
    'attributes-too-long',
    'conversation',
    () => ({ type: 'conversation.create', attributes: json(LIMITS.conversationAttributesBytes + 1) }),
  ],
  ['attributes-too-long', 'user', () => ({ type: 'user.update', attributes: json(LIMITS.userAttributesBytes + 1) })],
  [
    'attributes-too-long',
    'message',
    () => ({ type: 'message.send', conversationSid, body: null, attributes: json(LIMITS.messageAttributesBytes + 1) }),
  ],
  [
    'attributes-too-long',
    'participant',
    () => ({
      type: 'participant.update',
      conversationSid,
      participant: 'alice',
      attributes: json(LIMITS.participantAttributesBytes + 1),
    }),
  ],
  ['attributes-invalid', 'no JSON', () => ({ type: 'user.update', attributes: '{a:1}' })],
  ['attributes-invalid', 'two values', () => ({ type: 'user.update', attributes: '{}{}' })],
  ['attributes-invalid', '65 levels', () => ({ type: 'user.update', attributes: nested(65) })],
  ['body-missing', 'send', () => ({ type: 'message.send', conversationSid, body: '' })],
  ['body-missing', 'edit', () => ({ type: 'message.update', conversationSid, index: 0, body: '' })],
  ['body-too-long', 'send', () => ({ type: 'message.send', conversationSid, body: bytes(LIMITS.bodyBytes + 1) })],
  ['body-too-long', 'edit', () => ({ type: 'message.update', conversationSid, index: 0, body: bytes(LIMITS.bodyBytes + 1) })],
  ['message-not-found', 'edit', () => ({ type: 'message.update', conversationSid, index: 9, body: 'x' })],
  ['message-not-found', 'remove', () => ({ type: 'message.remove', conversationSid, index: 9 })],
  ['identity-missing', 'none', () => ({ type: 'participant.add', conversationSid })],
  ['identity-missing', 'empty', () => ({ type: 'participant.add', conversationSid, identity: '' })],
  ['identity-too-long', 'add', () => ({ type: 'participant.add', conversationSid, identity: 'x'.repeat(257) })],
  ['identity-looks-like-sid', 'add', () => ({ type: 'participant.add', conversationSid, identity: `US${SID}` })],
  ['identity-reserved', 'add', () => ({ type: 'participant.add', conversationSid, identity: 'system' })],
  ['participant-exists', 'add', () => ({ type: 'participant.add', conversationSid, identity: 'alice' })],
  ['participant-not-found', 'get', () => ({ type: 'participant.get', conversationSid, participant: 'nobody' })],
  ['user-not-found', 'get', () => ({ type: 'user.get', identity: 'nobody' })],
  ['user-not-found', 'update', () => ({ type: 'user.update', identity: 'nobody' })],
  ['notification-level-invalid', 'word', () => ({ type: 'membership.update', conversationSid, notificationLevel: 'loud' })],
  ['notification-level-invalid', 'null', () => ({ type: 'membership.update', conversationSid, notificationLevel: null })],
  ['read-index-invalid', 'negative', () => ({ type: 'readHorizon.set', conversationSid, index: -1 })],
  ['read-index-invalid', 'text', () => ({ type: 'readHorizon.set', conversationSid, index: '1' })],
  ['conversation-not-found', 'absent', () => ({ type: 'conversation.get', conversationSid: `CH${SID}` })],
  ['conversation-not-found', 'unnamed', () => ({ type: 'conversation.get' })],
  ['parameter-invalid', 'misspelt', () => ({ type: 'message.send', conversationSid, body: 'x', atributes: '{}' })],
  ['parameter-invalid', 'too many to resume', () => ({ type: 'conversation.resume', since: since(501) })],
]

const since = (count: number) => Array.from({ length: count }, () => ({ conversationSid, revision: 1 }))

describe('each of these has its documented code and status', () => {
  test.each(CASES)('%s (%s)', async (name, _case, request) => {
    const { code, status } = await alice.refusal(request())
    expect({ code, status }).toEqual({ code: ERRORS[name].code, status: ERRORS[name].status })
  })

  test('a permission that is missing is named', async () => {
    const bob = await server.signIn('bob')
    await bob.ask({ type: 'participant.add', conversationSid, identity: 'bob' })
    const error = await bob.refusal({ type: 'conversation.delete', conversationSid })
    expect(error).toMatchObject({ code: 50107, status: 403, detail: { permission: 'deleteConversation' } })
    expect(error.message).toContain('deleteConversation')
  })

  test('a key that comes again with another request', async () => {
    await alice.ask({ type: 'user.update', friendlyName: 'Alice', key: 'k-1' })
    expect(await alice.refusal({ type: 'user.update', friendlyName: 'Alicia', key: 'k-1' })).toMatchObject({ code: 20409 })
    expect(await alice.exchange({ type: 'user.update', friendlyName: 'Alice', key: 'k-1' })).toMatchObject({ result: {} })
  })
})

describe('what is just within the limit is stored byte for byte', () => {
  test('a body of 32 KiB of UTF-8, and one of quotes that takes twice that on the wire', async () => {
    for (const body of [bytes(LIMITS.bodyBytes), '"'.repeat(LIMITS.bodyBytes), 'e\u0301 \u202e \u200d 👩‍👩‍👧']) {
      const { index } = await alice.ask({ type: 'message.send', conversationSid, body })
      const page = await alice.ask({ type: 'message.page', conversationSid, anchor: index, limit: 1 })
      expect(page.messages[0]?.body === body).toBe(true)
    }
  })

  test('attributes with 64 levels, names that objects are born with, the same name twice, and numbers beyond any double', async () => {
    const attributes = `{"deep":${nested(63)},"__proto__":{"a":1},"constructor":2,"twice":1,"twice":2,"huge":1e400,  "space": "kept"}`
    await alice.ask({ type: 'user.update', attributes })
    expect((await alice.ask({ type: 'user.get', identity: 'alice' })).user.attributes).toBe(attributes)
    expect(({} as { a?: unknown }).a).toBeUndefined()
  })
})

describe('the envelope of a request', () => {
  const ping = (id: string, type = '"session.ping"') => `{"id":${id},"type":${type}}`

  test.each(['null', '"1"', 'true', '[]', '{}', '-1', '1.5', '1e400', '9007199254740993', '"__proto__"'])(
    'with the id %s is refused without an id',
    async (id) => {
      alice.socket.send(ping(id))
      expect(await alice.next()).toMatchObject({ reply: null, error: { code: 51204 } })
    },
  )

  test.each(['null', '7', '[]', '{}', '""', '"session.pong"', '"__proto__"', '"constructor"', '"toString"', '["session.ping"]'])(
    'with the type %s is refused with its id',
    async (type) => {
      const id = alice.takeId()
      expect(await alice.exchangeText(id, ping(String(id), type))).toMatchObject({ reply: id, error: { code: 51204 } })
    },
  )

  test.each([
    '',
    ' ',
    'null',
    '7',
    '"text"',
    '[]',
    '[{"id":1,"type":"session.ping"}]',
    '{}',
    '{"id":1',
    'NaN',
    '{"reply":1,"result":{}}',
  ])('%s is no request', async (text) => {
    alice.socket.send(text)
    expect(await alice.next()).toMatchObject({ reply: null, error: { code: 51204 } })
  })

  test('zero and the largest integer are ids, and minus zero is zero', async () => {
    alice.socket.send(ping('-0'))
    expect(await alice.next()).toEqual({ reply: 0, result: {} })
    alice.socket.send(ping(String(Number.MAX_SAFE_INTEGER)))
    expect(await alice.next()).toEqual({ reply: Number.MAX_SAFE_INTEGER, result: {} })
  })

  test('an id that is under way already is answered twice', async () => {
    const send = { id: 7_000_000, type: 'message.send', conversationSid, body: 'twice' }
    alice.socket.send(JSON.stringify(send))
    alice.socket.send(JSON.stringify(send))
    const answers = [await alice.next(isReply(send.id)), await alice.next(isReply(send.id))]
    const indexes = answers.map(({ result }) => Number(result?.index))
    expect(indexes[1]).toBe(Number(indexes[0]) + 1)
  })
})

const isReply = (id: number) => (frame: { reply?: number | null }) => frame.reply === id

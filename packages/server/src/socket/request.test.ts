import { ERRORS } from '@conversa/protocol'
import { REQUESTS } from '@conversa/protocol/schema'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readRequest } from './request.ts'

const CONVERSATION = `CH${'0'.repeat(32)}`
const CODES = new Set<number>(Object.values(ERRORS).map(({ code }) => code))

/** The name of the refusal, with the id that it answers. */
function refusalOf(text: string): [number | null, string] | undefined {
  const incoming = readRequest(text)
  return 'refusal' in incoming ? [incoming.id, incoming.refusal.name] : undefined
}

describe('readRequest', () => {
  test('gives the id and the request without it', () => {
    const ping = { request: { type: 'session.ping' }, isRepeated: false }
    expect(readRequest('{"id":7,"type":"session.ping"}')).toEqual({ id: 7, ...ping })
    expect(readRequest('{"type":"session.ping","id":0}')).toEqual({ id: 0, ...ping })
  })

  test('says whether the client sent it before', () => {
    const repeated = { id: 7, request: { type: 'session.ping' }, isRepeated: true }
    expect(readRequest('{"id":7,"again":true,"type":"session.ping"}')).toEqual(repeated)
  })

  test.each(['false', 'null', '1', '"true"', '[]', '{}'])('%s does not say that it was sent before', (again) => {
    expect(refusalOf(`{"id":7,"again":${again},"type":"session.ping"}`)).toEqual([7, 'frame-malformed'])
  })

  test.each(['', 'x', '{', 'null', '7', '"x"', '[]', '{"id":1', '{"id":1}}', '\u0000{}'])('%j is no request', (text) => {
    expect(refusalOf(text)).toEqual([null, 'frame-malformed'])
  })

  test.each([undefined, null, '1', true, [], {}, -1, 1.5, 2 ** 53])('%j is no id', (id) => {
    expect(refusalOf(JSON.stringify({ id, type: 'session.ping' }))).toEqual([null, 'frame-malformed'])
  })

  test.each([undefined, null, 7, [], {}, '', 'session.pong', '__proto__', 'constructor', 'toString'])('%j is no type', (type) => {
    expect(refusalOf(JSON.stringify({ id: 1, type }))).toEqual([1, 'frame-malformed'])
  })

  test('counts levels before it parses, and not those within texts', () => {
    const nested = (levels: number) => `{"id":1,"type":"session.ping","deep":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
    expect(refusalOf(nested(64))).toEqual([1, 'parameter-invalid'])
    expect(refusalOf(nested(65))).toEqual([null, 'frame-malformed'])
    expect(refusalOf(nested(100_000))).toEqual([null, 'frame-malformed'])
    const text = JSON.stringify({ id: 1, type: 'user.update', friendlyName: '['.repeat(100) })
    expect(readRequest(text)).toMatchObject({ request: { friendlyName: '['.repeat(100) } })
  })

  test.each(['\\u0000', '\\ud800', '\\udfff', '\\udc00\\ud800', 'a\\uD83D'])(
    'a text with %s is refused wherever it stands',
    (bad) => {
      for (const fields of [
        `"friendlyName":"${bad}"`,
        `"${bad}":1`,
        `"friendlyName":["${bad}"]`,
        `"friendlyName":{"a":"${bad}"}`,
      ]) {
        expect(refusalOf(`{"id":1,"type":"user.update",${fields}}`)).toEqual([1, 'parameter-invalid'])
      }
    },
  )

  test('other escapes are what they stand for', () => {
    const text = '{"id":1,"type":"user.update","friendlyName":"\\ud83d\\ude00 \\u00e9 \\\\u0000 \\n"}'
    expect(readRequest(text)).toMatchObject({ request: { friendlyName: '😀 é \\u0000 \n' } })
  })

  test('names that objects are born with are fields like others', () => {
    expect(refusalOf('{"id":1,"type":"session.ping","__proto__":{"id":2}}')).toEqual([1, 'parameter-invalid'])
    expect(refusalOf('{"id":1,"type":"session.ping","constructor":1}')).toEqual([1, 'parameter-invalid'])
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
    expect('id' in {}).toBe(false)
  })

  test('the last of two equal names counts', () => {
    const last = { id: 2, request: { type: 'session.ping' }, isRepeated: false }
    expect(readRequest('{"id":1,"id":2,"type":"x","type":"session.ping"}')).toEqual(last)
  })

  test.each([
    ['readHorizon.set', 'index', '-1', 'read-index-invalid'],
    ['readHorizon.set', 'index', '1e400', 'read-index-invalid'],
    ['membership.update', 'notificationLevel', '"loud"', 'notification-level-invalid'],
    ['participant.add', 'identity', '""', 'identity-missing'],
    ['message.send', 'body', '7', 'parameter-invalid'],
  ])('%s with %s %s is refused with its own code', (type, field, value, name) => {
    expect(refusalOf(`{"id":1,"type":"${type}","conversationSid":"${CONVERSATION}","${field}":${value}}`)).toEqual([1, name])
  })

  test('a refusal names the field and never repeats its value', () => {
    const secret = 'what somebody wrote'
    const incoming = readRequest(JSON.stringify({ id: 1, type: 'message.send', conversationSid: secret, body: [secret] }))
    expect(incoming).toMatchObject({ refusal: { name: 'parameter-invalid', detail: { field: '/conversationSid' } } })
    expect(JSON.stringify('refusal' in incoming && incoming.refusal.body())).not.toContain(secret)
  })
})

describe('whatever comes in', () => {
  const anyName = fc.constantFrom('id', 'type', 'conversationSid', 'body', 'token', 'since', 'after', '__proto__', 'key')
  const scalar = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 10 }),
    fc.double(),
    fc.constantFrom(CONVERSATION, null, true, -0, 2 ** 53 + 1),
  )
  const anyValue = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.dictionary(anyName, scalar, { maxKeys: 3 }))
  const nearlyRequest = fc
    .record({
      id: fc.oneof({ weight: 9, arbitrary: fc.nat() }, { weight: 1, arbitrary: scalar }),
      type: fc.constantFrom(...Object.keys(REQUESTS)),
      more: fc.dictionary(anyName, anyValue, { maxKeys: 4 }),
    })
    .map(({ id, type, more }) => JSON.stringify({ ...more, id, type }))
  const damaged = fc
    .tuple(nearlyRequest, fc.nat(), fc.string({ unit: 'binary', maxLength: 4 }))
    .map(([text, at, junk]) => text.slice(0, at % (text.length + 1)) + junk + text.slice((at % (text.length + 1)) + 1))
  const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), nearlyRequest, damaged)

  test('nothing is thrown: it is a request of its schema, or refused with a documented code', () => {
    const isSound = (text: string) => {
      const incoming = readRequest(text)
      if ('refusal' in incoming) return CODES.has(incoming.refusal.body().code)
      return Object.hasOwn(REQUESTS, incoming.request.type) && Number.isSafeInteger(incoming.id) && incoming.id >= 0
    }
    fc.assert(fc.property(anyText, isSound), { numRuns: 20_000 })
  })
})

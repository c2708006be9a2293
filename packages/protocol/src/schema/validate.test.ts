import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../limits.ts'
import { REQUESTS, type Request, type RequestType } from './command.ts'
import { Event } from './event.ts'
import { inspectorOf, validatorOf } from './validate.ts'

const digits = '0'.repeat(32)
const conversationSid = `CH${digits}`

/** A request of each type, with all that it may have. */
const FULL: { readonly [Name in RequestType]: Request<Name> } = {
  'conversation.create': { type: 'conversation.create', uniqueName: 'u', friendlyName: 'f', attributes: '{}', key: 'k' },
  'conversation.update': {
    type: 'conversation.update',
    conversationSid,
    uniqueName: null,
    friendlyName: null,
    attributes: '{}',
    state: 'closed',
    key: 'k',
  },
  'conversation.delete': { type: 'conversation.delete', conversationSid, key: 'k' },
  'contentTemplate.list': { type: 'contentTemplate.list', after: `HX${digits}` },
  'conversation.get': { type: 'conversation.get', conversationSid, uniqueName: 'u', subscribe: true },
  'conversation.list': { type: 'conversation.list', after: { activity: 1, conversationSid }, limit: 10 },
  'conversation.compare': { type: 'conversation.compare', digests: Array(64).fill('0') },
  'conversation.resume': { type: 'conversation.resume', since: [{ conversationSid, revision: 0 }] },
  'conversation.unsubscribe': { type: 'conversation.unsubscribe', conversationSid },
  'media.urls': { type: 'media.urls', conversationSid, index: 0, sids: [`ME${digits}`] },
  'membership.update': { type: 'membership.update', conversationSid, notificationLevel: 'muted', key: 'k' },
  'message.send': {
    type: 'message.send',
    conversationSid,
    body: 'b',
    attributes: '{}',
    subject: 's',
    media: [`ME${digits}`],
    contentSid: `HX${digits}`,
    contentVariables: '{}',
    key: 'k',
  },
  'message.update': { type: 'message.update', conversationSid, index: 0, body: 'b', attributes: '{}', key: 'k' },
  'message.remove': { type: 'message.remove', conversationSid, index: 0, key: 'k' },
  'message.page': { type: 'message.page', conversationSid, anchor: 0, direction: 'forward', limit: 1 },
  'participant.add': { type: 'participant.add', conversationSid, identity: 'i', attributes: '{}', key: 'k' },
  'participant.addNonChat': {
    type: 'participant.addNonChat',
    conversationSid,
    address: 'a',
    proxyAddress: 'p',
    name: 'n',
    level: 'cc',
    attributes: '{}',
    key: 'k',
  },
  'receipt.record': {
    type: 'receipt.record',
    conversationSid,
    index: 0,
    participantSid: `MB${digits}`,
    channelMessageSid: 'c',
    status: 'read',
    errorCode: null,
    key: 'k',
  },
  'message.content': { type: 'message.content', conversationSid, index: 0 },
  'receipt.list': { type: 'receipt.list', conversationSid, index: 0 },
  'participant.get': { type: 'participant.get', conversationSid, participant: 'p' },
  'participant.list': { type: 'participant.list', conversationSid, after: `MB${digits}`, limit: 100 },
  'participant.remove': { type: 'participant.remove', conversationSid, participant: 'p', key: 'k' },
  'participant.update': {
    type: 'participant.update',
    conversationSid,
    participant: 'p',
    attributes: '{}',
    roleSid: `RL${digits}`,
    key: 'k',
  },
  'readHorizon.set': { type: 'readHorizon.set', conversationSid, index: null, advance: true, key: 'k' },
  'role.list': { type: 'role.list', conversationSid },
  'push.list': { type: 'push.list' },
  'push.register': { type: 'push.register', channelType: 'fcm', registrationId: 'r', key: 'k' },
  'push.unregister': { type: 'push.unregister', channelType: 'apn', registrationId: 'r', key: 'k' },
  'session.ping': { type: 'session.ping' },
  'session.renew': { type: 'session.renew', token: 't' },
  'session.start': {
    type: 'session.start',
    version: 1,
    token: 't',
    client: 'c',
    resume: { epoch: 'e', identity: 'i', revision: 0 },
  },
  'typing.start': { type: 'typing.start', conversationSid },
  'user.get': { type: 'user.get', identity: 'i' },
  'user.unsubscribe': { type: 'user.unsubscribe', identity: 'i' },
  'user.update': { type: 'user.update', identity: 'i', friendlyName: null, attributes: '{}', key: 'k' },
}

const types = Object.keys(REQUESTS) as RequestType[]
const check = (request: unknown, type: string) => {
  const validator = validatorOf(type)
  if (!validator) throw new Error(`no validator of ${type}`)
  return validator.check(request)
}

describe('requests', () => {
  test.each(types)('%s passes with all that it may have', (type) => {
    expect(check(FULL[type], type)).toBe(true)
    const schema: { properties: object } = REQUESTS[type].request
    expect(Object.keys(FULL[type]).sort()).toEqual(Object.keys(schema.properties).sort())
  })

  test.each(types)('%s has no room for what it does not know', (type) => {
    for (const field of [
      'sid',
      'createdBy',
      'author',
      'roleSid',
      'state',
      'serviceSid',
      'dateCreated',
      'isAdmin',
      'constructor',
    ]) {
      const request = { ...FULL[type], [field]: 'x' }
      expect(check(request, type)).toBe(false)
      expect(validatorOf(type)?.explain(request)).toMatchObject({ field: expect.any(String), reason: expect.any(String) })
    }
    const smuggled = JSON.parse(JSON.stringify(FULL[type]).replace('{', '{"__proto__":{"isAdmin":true},'))
    expect(check(smuggled, type)).toBe(false)
  })

  test.each(types)('%s is refused without what it must have, and told which', (type) => {
    const { required = [] } = REQUESTS[type].request as { required?: string[] }
    for (const field of required) {
      const { [field]: _, ...request } = FULL[type] as Record<string, unknown>
      expect(check(request, type)).toBe(false)
      expect(validatorOf(type)?.explain(request).field).toBe(`/${field}`)
    }
  })

  test.each(types)('%s is refused with a field of another kind, and told which', (type) => {
    for (const field of Object.keys(FULL[type])) {
      for (const wrong of [{}, 1.5, -1, Number.MAX_SAFE_INTEGER + 1]) {
        const request = { ...FULL[type], [field]: wrong }
        expect(check(request, type)).toBe(false)
        expect(validatorOf(type)?.explain(request).field).toMatch(`/${field}`)
      }
    }
  })

  test.each(['', 'no.such', 'toString', 'constructor', '__proto__', 'hasOwnProperty'])('%j is no type', (type) => {
    expect(validatorOf(type)).toBeUndefined()
  })

  test('whatever comes is judged, and nothing is thrown', () => {
    const mutated = fc
      .constantFrom(...types)
      .chain((type) =>
        fc.tuple(fc.constant(type), fc.dictionary(fc.constantFrom(...Object.keys(FULL[type]), 'x'), fc.jsonValue())),
      )
    fc.assert(
      fc.property(fc.oneof(mutated, fc.tuple(fc.constantFrom(...types), fc.jsonValue())), ([type, value]) => {
        const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
        const request = isObject ? { ...FULL[type], ...value } : value
        if (check(request, type)) return
        expect(validatorOf(type)?.explain(request)).toMatchObject({ field: expect.any(String), reason: expect.any(String) })
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the small schemas', () => {
  const accepts = (type: RequestType, fields: object) => check({ ...FULL[type], ...fields }, type)

  test.each([
    [conversationSid, true],
    [`CH${digits.slice(1)}A`, true],
    [`CH${digits}0`, false],
    [`CH${digits}\n`, false],
    [`MB${digits}`, false],
    [`ch${digits}`, false],
    ['', false],
  ])('the SID %j: %s', (sid, expected) => {
    expect(accepts('conversation.delete', { conversationSid: sid })).toBe(expected)
  })

  test.each([
    ['k', true],
    ['x'.repeat(LIMITS.clientKeyCharacters), true],
    ['x'.repeat(LIMITS.clientKeyCharacters + 1), false],
    ['!~', true],
    ['', false],
    ['a b', false],
    ['a\n', false],
    ['é', false],
  ])('the key %j: %s', (key, expected) => {
    expect(accepts('conversation.delete', { key })).toBe(expected)
  })

  test.each([
    [0, true],
    [Number.MAX_SAFE_INTEGER, true],
    [Number.MAX_SAFE_INTEGER + 1, false],
    [-1, false],
    [0.5, false],
    ['1', false],
    [null, false],
    [Number.NaN, false],
  ])('the index %j: %s', (index, expected) => {
    expect(accepts('message.remove', { index })).toBe(expected)
  })

  test.each([
    [1, true],
    [LIMITS.pageSize, true],
    [LIMITS.pageSize + 1, false],
    [0, false],
  ])('a page of %j: %s', (limit, expected) => {
    expect(accepts('message.page', { limit })).toBe(expected)
  })

  test('what is resumed at once is limited', () => {
    const since = (length: number) => Array.from({ length }, () => ({ conversationSid, revision: 0 }))
    expect(accepts('conversation.resume', { since: since(LIMITS.resumePerQuery) })).toBe(true)
    expect(accepts('conversation.resume', { since: since(LIMITS.resumePerQuery + 1) })).toBe(false)
  })

  test('what is compared has a digest for each bucket', () => {
    const digests = (length: number, digest = '0123456789abcdef') => Array.from({ length }, () => digest)
    for (const length of [0, 63, 65]) expect(accepts('conversation.compare', { digests: digests(length) })).toBe(false)
    expect(accepts('conversation.compare', { digests: digests(64) })).toBe(true)
    for (const digest of ['', 'A', '0123456789abcdef0']) {
      expect(accepts('conversation.compare', { digests: digests(64, digest) })).toBe(false)
    }
  })
})

describe('inspectorOf', () => {
  const inspect = inspectorOf(Event)

  test('says nothing of what is right, and where something is wrong', () => {
    const event = { type: 'conversation.deleted', conversationSid, revision: 1 }
    expect(inspect(event)).toBeUndefined()
    expect(inspect({ ...event, revision: -1 })).toMatchObject({ field: expect.any(String), reason: expect.any(String) })
    expect(inspect({ ...event, secret: 1 })).toBeDefined()
    expect(inspect(null)).toBeDefined()
  })
})

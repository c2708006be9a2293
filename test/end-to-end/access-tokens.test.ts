import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RIGHT_HEADER, rightClaims, signToken } from './access-tokens.ts'
import { API_KEY, type InProcessServer, OTHER_SERVICE_SID, startInProcess } from './in-process-server.ts'
import { RawClient } from './raw-client.ts'

let server: InProcessServer

beforeAll(async () => {
  server = await startInProcess()
})

afterAll(() => server[Symbol.asyncDispose]())

const claims = (changes: object) => signToken({ ...rightClaims(), ...changes })
const header = (changes: object) => signToken(rightClaims(), { ...RIGHT_HEADER, ...changes })
const grants = (changes: object) => claims({ grants: { ...(rightClaims().grants as object), ...changes } })
const unsigned = (alg: string) => `${header({ alg }).split('.').slice(0, 2).join('.')}.`
const now = () => Math.floor(Date.now() / 1000)
const rsaPublicKey = () =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }).toString()
const otherSid = (prefix: string) => `${prefix}${'9'.repeat(32)}`

/** What must not let anybody in (reliability B25), with the code that says why. */
const WRONG: readonly (readonly [string, number, () => string])[] = [
  ['no token', 20101, () => ''],
  ['no JWT', 20101, () => 'letmein'],
  ['two parts', 20101, () => signToken().split('.').slice(0, 2).join('.')],
  ['four parts', 20101, () => `${signToken()}.x`],
  ['a payload that is no object', 20101, () => signToken([])],
  ['far too long', 20101, () => claims({ more: 'x'.repeat(100 * 1024) })],
  ['alg none and no signature', 20101, () => unsigned('none')],
  ['alg None and no signature', 20101, () => unsigned('None')],
  ['alg none with a signature', 20102, () => header({ alg: 'none' })],
  ['alg NONE with a signature', 20102, () => header({ alg: 'NONE' })],
  [
    'an algorithm of public keys, signed with one',
    20102,
    () => signToken(rightClaims(), { ...RIGHT_HEADER, alg: 'RS256' }, rsaPublicKey()),
  ],
  ['another type', 20102, () => header({ typ: 'JWE' })],
  ['another content type', 20102, () => header({ cty: 'application/json' })],
  ['critical extensions', 20102, () => header({ crit: ['exp'] })],
  ['a key that does not exist', 20103, () => claims({ iss: otherSid('SK') })],
  ['an issuer that is a path', 20103, () => claims({ iss: '../../etc/passwd' })],
  ['an issuer that is SQL', 20103, () => claims({ iss: `${API_KEY.sid}' OR '1'='1` })],
  ['an issuer that objects are born with', 20103, () => claims({ iss: '__proto__' })],
  ['no issuer', 20103, () => claims({ iss: undefined })],
  ['another account', 20103, () => claims({ sub: otherSid('AC') })],
  ['another secret', 20107, () => signToken(rightClaims(), RIGHT_HEADER, 'another secret')],
  ['no secret', 20107, () => signToken(rightClaims(), RIGHT_HEADER, '')],
  ['the wrong hash', 20107, () => signToken(rightClaims(), RIGHT_HEADER, API_KEY.secret, 'sha512')],
  ['a key in the header', 20107, () => signToken(rightClaims(), { ...RIGHT_HEADER, jwk: { kty: 'oct', k: 'eA' } }, 'x')],
  [
    'an address of a key in the header',
    20107,
    () => signToken(rightClaims(), { ...RIGHT_HEADER, jku: 'http://127.0.0.1/x' }, 'x'),
  ],
  ['claims that were changed after signing', 20107, () => swapClaims(signToken(), claims({ grants: { identity: 'admin' } }))],
  ['expired', 20104, () => claims({ iat: now() - 7200, exp: now() - 3600 })],
  ['not valid yet', 20105, () => claims({ nbf: now() + 3600, exp: now() + 7200 })],
  ['issued in the future', 20105, () => claims({ iat: now() + 3600, exp: now() + 7200 })],
  ['issued in 1970 for good', 20157, () => claims({ iat: 0 })],
  ['valid for two days', 20157, () => claims({ exp: now() + 172_800 })],
  ['valid for ever', 20157, () => claims({ exp: Number.MAX_SAFE_INTEGER })],
  ['no end', 20101, () => claims({ exp: undefined })],
  ['an end that is a text', 20101, () => claims({ exp: `${now() + 60}` })],
  ['no grants', 20106, () => claims({ grants: undefined })],
  ['the grant of another product', 20106, () => grants({ chat: undefined, video: { room: 'x' } })],
  ['two chat grants', 20106, () => grants({ ip_messaging: { service_sid: OTHER_SERVICE_SID } })],
  ['a grant without a service', 20106, () => grants({ chat: {} })],
  ['a service that does not exist', 51101, () => grants({ chat: { service_sid: otherSid('IS') } })],
  ['no identity', 51105, () => grants({ identity: undefined })],
  ['an empty identity', 51105, () => grants({ identity: '' })],
  ['an identity of 257 characters', 51105, () => grants({ identity: 'x'.repeat(257) })],
  ['an identity that is a number', 51105, () => grants({ identity: 42 })],
  ['an identity that is a SID', 51105, () => grants({ identity: otherSid('US') })],
  ['the identity of back ends', 51105, () => grants({ identity: 'system' })],
  ['an identity with NUL', 51105, () => grants({ identity: 'ali\0ce' })],
]

const swapClaims = (token: string, other: string) => {
  const [head, , signature] = token.split('.')
  return [head, other.split('.')[1], signature].join('.')
}

describe('a token that must not let anybody in', () => {
  test.each(WRONG)('%s: refused with %i, and the connection ends', async (_name, code, make) => {
    const client = await RawClient.connect(server.url)
    const token = make()
    const error = await client.refusal({ type: 'session.start', version: 1, token })
    expect(error).toMatchObject({ code, status: 401, retry: 'after-sign-in' })
    expect(await client.closed).toMatchObject({ code: 4502 })
    if (token.length > 20) expect(server.logged.join('')).not.toContain(token.slice(-20))
  })

  test.each(WRONG)('%s: does not renew a session either, which goes on', async (_name, code, make) => {
    const alice = await server.signIn('alice')
    expect(await alice.refusal({ type: 'session.renew', token: make() })).toMatchObject({ code, status: 401 })
    expect(await alice.exchange({ type: 'conversation.list' })).toMatchObject({ result: {} })
    await alice.close()
  })

  test('a right one lets in, with any of three hashes', async () => {
    for (const bits of [256, 384, 512]) {
      const client = await RawClient.connect(server.url)
      const token = signToken(rightClaims(), { ...RIGHT_HEADER, alg: `HS${bits}` }, API_KEY.secret, `sha${bits}`)
      expect(await client.start(token)).toMatchObject({ user: { identity: 'alice' } })
      await client.close()
    }
  })
})

describe('a token ages', () => {
  test('the client is told before, and when it is too late; then the connection ends', async () => {
    await using short = await startInProcess({ times: { expiryNotice: 1000, expiryLeeway: 0 } })
    const client = await RawClient.connect(short.url)
    const { expiresAt, now: serverNow } = await client.start(await short.token('alice', undefined, 2))
    expect(expiresAt - serverNow).toBeLessThanOrEqual(2000)
    expect(await client.next()).toEqual({ notice: { type: 'token.aboutToExpire', expiresAt } })
    expect(await client.next()).toEqual({ notice: { type: 'token.expired' } })
    expect(await client.closed).toMatchObject({ code: 4003 })
  })

  test('whoever renews in time stays', async () => {
    await using short = await startInProcess({ times: { expiryNotice: 1000, expiryLeeway: 0 } })
    const [early, late] = [await RawClient.connect(short.url), await RawClient.connect(short.url)]
    await early.start(await short.token('early', undefined, 2))
    await late.start(await short.token('late', undefined, 2))
    await early.next(({ notice }) => notice?.type === 'token.aboutToExpire')
    const { expiresAt } = await early.ask({ type: 'session.renew', token: await short.token('early') })
    expect(expiresAt).toBeGreaterThan(Date.now() + 3_000_000)
    expect(await late.closed).toMatchObject({ code: 4003 })
    expect(await early.exchange({ type: 'session.ping' })).toMatchObject({ result: {} })
  })

  test('renewals while sends are under way: none fails, none repeats', async () => {
    const alice = await server.signIn('alice')
    alice.onEvent = () => {}
    const { conversation } = await alice.ask({ type: 'conversation.create' })
    const conversationSid = conversation.sid
    await alice.ask({ type: 'participant.add', conversationSid, identity: 'alice' })
    const token = await server.token('alice')
    const sends: Promise<{ index: number }>[] = []
    const renewals: Promise<object>[] = []
    for (let at = 0; at < 500; at++) {
      sends.push(alice.ask({ type: 'message.send', conversationSid, body: `${at}`, key: `k${at}` }))
      if (at % 50 === 0) renewals.push(alice.ask({ type: 'session.renew', token }))
    }
    await Promise.all(renewals)
    expect((await Promise.all(sends)).map(({ index }) => index)).toEqual(Array.from({ length: 500 }, (_, at) => at))
    const { conversation: after } = await alice.ask({ type: 'conversation.get', conversationSid })
    expect(after.messagesCount).toBe(500)
  })
})

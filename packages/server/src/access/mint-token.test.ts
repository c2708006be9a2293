import { decodeJwt, decodeProtectedHeader } from 'jose'
import twilio from 'twilio'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { verifyAccessToken } from './access-token.ts'
import { mintAccessToken } from './mint-token.ts'

const NOW = 1_795_464_714_567
const INPUT = {
  accountSid: `AC${'a'.repeat(32)}`,
  keySid: `SK${'b'.repeat(32)}`,
  keySecret: 'the secret of this key: ünïcode',
  serviceSid: `IS${'c'.repeat(32)}`,
  identity: 'Zoë 👋',
  ttlSeconds: 3600,
  now: NOW,
}
const keys = {
  key: (sid: string) => (sid === INPUT.keySid ? { sid, accountSid: INPUT.accountSid, secret: INPUT.keySecret } : undefined),
  serviceExists: () => true,
}

afterEach(() => {
  vi.useRealTimers()
})

describe('mintAccessToken', () => {
  test('makes what verifyAccessToken accepts', async () => {
    expect(await verifyAccessToken(await mintAccessToken(INPUT), keys, NOW)).toEqual({
      accountSid: INPUT.accountSid,
      keySid: INPUT.keySid,
      serviceSid: INPUT.serviceSid,
      identity: INPUT.identity,
      issuedAt: 1_795_464_714_000,
      expiresAt: 1_795_464_714_000 + 3_600_000,
    })
  })

  test("says what the vendor's helper says for the same input", async () => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
    const { AccessToken } = twilio.jwt
    const helper = new AccessToken(INPUT.accountSid, INPUT.keySid, INPUT.keySecret, {
      identity: INPUT.identity,
      ttl: INPUT.ttlSeconds,
    })
    helper.addGrant(new AccessToken.ChatGrant({ serviceSid: INPUT.serviceSid }))
    const theirs = helper.toJwt()
    const ours = await mintAccessToken(INPUT)
    expect(decodeProtectedHeader(ours)).toEqual(decodeProtectedHeader(theirs))
    expect(decodeJwt(ours)).toEqual(decodeJwt(theirs))
  })

  test('makes expired tokens too, for tests', async () => {
    const token = await mintAccessToken({ ...INPUT, ttlSeconds: 60, now: NOW - 3_600_000 })
    expect(await verifyAccessToken(token, keys, NOW)).toEqual({ refused: 'token-expired' })
  })
})

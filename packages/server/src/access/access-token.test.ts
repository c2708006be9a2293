import { createHmac, generateKeyPairSync } from 'node:crypto'
import { ERRORS, type ErrorName } from '@conversa/protocol'
import fc from 'fast-check'
import twilio from 'twilio'
import { describe, expect, test } from 'vitest'
import { type ApiKey, type KeyRing, verifyAccessToken } from './access-token.ts'

const { AccessToken } = twilio.jwt
type Algorithm = 'HS256' | 'HS384' | 'HS512'

const ACCOUNT = `AC${'a'.repeat(32)}`
const SERVICE = `IS${'c'.repeat(32)}`
const OTHER_ACCOUNT = `AC${'1'.repeat(32)}`
const OTHER_SERVICE = `IS${'2'.repeat(32)}`
const KEY: ApiKey = { sid: `SK${'b'.repeat(32)}`, accountSid: ACCOUNT, secret: 'the secret of the first tenant 1' }
const OTHER_KEY: ApiKey = { sid: `SK${'3'.repeat(32)}`, accountSid: OTHER_ACCOUNT, secret: 'the secret of the second tenant' }
const EMPTY_KEY: ApiKey = { sid: `SK${'4'.repeat(32)}`, accountSid: ACCOUNT, secret: '' }

const asked: string[] = []
const keys: KeyRing = {
  key(sid) {
    asked.push(sid)
    return [KEY, OTHER_KEY, EMPTY_KEY].find((key) => key.sid === sid)
  },
  serviceExists: async (account, service) =>
    (account === ACCOUNT && service === SERVICE) || (account === OTHER_ACCOUNT && service === OTHER_SERVICE),
}

const NOW = Date.now()
const SECONDS = Math.floor(NOW / 1000)
const HEADER = { alg: 'HS256', typ: 'JWT', cty: 'twilio-fpa;v=1' }
const GRANTS = { identity: 'alice', chat: { service_sid: SERVICE } }
const CLAIMS = { jti: `${KEY.sid}-${SECONDS}`, grants: GRANTS, iat: SECONDS, exp: SECONDS + 3600, iss: KEY.sid, sub: ACCOUNT }

const encode = (text: string) => Buffer.from(text, 'utf8').toString('base64url')
const hmac = (text: string, secret: string | Buffer, hash = 'sha256') => createHmac(hash, secret).update(text).digest('base64url')

/** Signs any two texts, so that a test can say what no library would. */
function signTexts(header: string, claims: string, secret: string | Buffer = KEY.secret): string {
  const signed = `${encode(header)}.${encode(claims)}`
  return `${signed}.${hmac(signed, secret)}`
}

/** Signs bytes that no JSON text has. */
function signBytes(claims: Buffer): string {
  const signed = `${encode(JSON.stringify(HEADER))}.${claims.toString('base64url')}`
  return `${signed}.${hmac(signed, KEY.secret)}`
}

const sign = (header: object, claims: object, secret?: string | Buffer) =>
  signTexts(JSON.stringify(header), JSON.stringify(claims), secret)
const withClaims = (claims: object) => sign(HEADER, { ...CLAIMS, ...claims })
const withIdentity = (identity: unknown) => withClaims({ grants: { ...GRANTS, identity } })
const verify = (token: string, now = NOW) => verifyAccessToken(token, keys, now)

function helperToken(options: ConstructorParameters<typeof AccessToken>[3], grant?: object, algorithm?: Algorithm): string {
  const token = new AccessToken(ACCOUNT, KEY.sid, KEY.secret, options)
  token.addGrant(new AccessToken.ChatGrant({ serviceSid: SERVICE, ...grant }))
  return token.toJwt(algorithm)
}

describe("tokens of the vendor's helper library", () => {
  test.each<Algorithm>(['HS256', 'HS384', 'HS512'])('%s is accepted', async (algorithm) => {
    const grant = await verify(helperToken({ identity: 'alice' }, {}, algorithm))
    expect(grant).toMatchObject({ accountSid: ACCOUNT, keySid: KEY.sid, serviceSid: SERVICE, identity: 'alice' })
    expect(grant).not.toHaveProperty('endpointId')
  })

  test('a token with everything is read whole', async () => {
    const optional = { endpointId: 'ep:1', deploymentRoleSid: `RL${'d'.repeat(32)}`, pushCredentialSid: `CR${'e'.repeat(32)}` }
    const options = { identity: 'alice', ttl: 86_400, nbf: SECONDS - 10, region: 'us1' }
    const grant = await verify(helperToken(options, optional))
    expect(grant).toMatchObject({ ...optional, identity: 'alice', serviceSid: SERVICE })
    const { issuedAt, expiresAt } = grant as { issuedAt: number; expiresAt: number }
    expect(expiresAt - issuedAt).toBe(86_400_000)
    expect(Math.abs(issuedAt - Date.now())).toBeLessThan(10_000)
  })

  test('a number as identity arrives as text', async () => {
    expect(await verify(helperToken({ identity: 42 as unknown as string }))).toMatchObject({ identity: '42' })
  })

  test('an identity of another type leaves the token without one, which is refused', async () => {
    expect(await verify(helperToken({ identity: { name: 'alice' } as unknown as string }))).toMatchObject({
      refused: 'token-identity-missing',
    })
  })

  test('grants of other products may stand beside; alone they are refused', async () => {
    const token = new AccessToken(ACCOUNT, KEY.sid, KEY.secret, { identity: 'alice' })
    token.addGrant(new AccessToken.VideoGrant({ room: 'r' }))
    expect(await verify(token.toJwt())).toEqual({ refused: 'token-grants-invalid', detail: { grants: 0 } })
    token.addGrant(new AccessToken.ChatGrant({ serviceSid: SERVICE }))
    expect(await verify(token.toJwt())).toMatchObject({ identity: 'alice' })
  })

  test('expires after its time and the leeway, not before', async () => {
    const token = helperToken({ identity: 'alice', ttl: 60 })
    const { expiresAt } = (await verify(token)) as { expiresAt: number }
    expect(await verify(token, expiresAt + 59_999)).toMatchObject({ identity: 'alice' })
    expect(await verify(token, expiresAt + 60_000)).toEqual({ refused: 'token-expired' })
    expect(await verifyAccessToken(token, keys, expiresAt, { leewaySeconds: 0 })).toEqual({ refused: 'token-expired' })
  })
})

test('a token is checked within one turn: in a reconnect storm everybody comes with one', async () => {
  const turn = new Promise<string>((resolve) => setImmediate(resolve, 'another turn'))
  expect(await Promise.race([turn, verify(withClaims({}))])).toMatchObject({ identity: 'alice' })
})

describe('accepted besides', () => {
  const accepted: Record<string, [string, object?]> = {
    'the older grant ip_messaging': [withClaims({ grants: { identity: 'alice', ip_messaging: { service_sid: SERVICE } } })],
    'no iat, but nbf': [withClaims({ iat: undefined, nbf: SECONDS - 5 }), { issuedAt: (SECONDS - 5) * 1000 }],
    'no iat, no nbf': [withClaims({ iat: undefined }), { issuedAt: NOW }],
    '24 hours without iat and nbf': [withClaims({ iat: undefined, exp: SECONDS + 86_400 })],
    'almost over, without iat and nbf': [withClaims({ iat: undefined, exp: SECONDS + 5 })],
    'no jti': [withClaims({ jti: undefined })],
    '24 hours': [withClaims({ exp: SECONDS + 86_400 })],
    'nbf within the leeway': [withClaims({ nbf: SECONDS + 59 })],
    'iat within the leeway': [withClaims({ iat: SECONDS + 59 })],
    '256 characters': [withIdentity('x'.repeat(256)), { identity: 'x'.repeat(256) }],
    'an identity of emoji, quotes and spaces': [withIdentity(' "Zoë" 👩‍👩‍👧 '), { identity: ' "Zoë" 👩‍👩‍👧 ' }],
    'unset options written as null': [withClaims({ grants: { ...GRANTS, chat: { service_sid: SERVICE, endpoint_id: null } } })],
    'a later version of the content type': [sign({ ...HEADER, cty: 'twilio-fpa;v=2' }, CLAIMS)],
    'the other tenant, same identity': [
      sign(
        HEADER,
        { ...CLAIMS, iss: OTHER_KEY.sid, sub: OTHER_ACCOUNT, grants: { ...GRANTS, chat: { service_sid: OTHER_SERVICE } } },
        OTHER_KEY.secret,
      ),
      { accountSid: OTHER_ACCOUNT, serviceSid: OTHER_SERVICE },
    ],
  }
  test.each(Object.entries(accepted))('%s', async (_, [token, expected]) => {
    expect(await verify(token)).toMatchObject({ identity: expect.any(String), ...expected })
  })

  test.each([
    { kid: '../../etc/passwd' },
    { kid: "' OR 1=1 --" },
    { jku: 'https://evil.example/keys' },
    { x5u: 'https://evil.example/c' },
    { jwk: { kty: 'oct', k: 'AAAA' } },
  ])('a header that we never read: %o', async (extra) => {
    asked.length = 0
    expect(await verify(sign({ ...HEADER, ...extra }, CLAIMS))).toMatchObject({ identity: 'alice' })
    expect(asked).toEqual([KEY.sid])
  })
})

describe('refused (reliability B25)', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const publicKey = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string
  const unsigned = (alg: string) => `${encode(JSON.stringify({ ...HEADER, alg }))}.${encode(JSON.stringify(CLAIMS))}.`
  const [header, claims, signature] = sign(HEADER, CLAIMS).split('.') as [string, string, string]
  const deep = '['.repeat(5000) + ']'.repeat(5000)

  const hostile: Record<string, [string, ErrorName]> = {
    nothing: ['', 'token-invalid'],
    words: ['not a token', 'token-invalid'],
    'two parts': [`${header}.${claims}`, 'token-invalid'],
    'four parts': [`${header}.${claims}.${signature}.${signature}`, 'token-invalid'],
    'five parts (encrypted)': [`${header}.${claims}.${signature}.${signature}.${signature}`, 'token-invalid'],
    'white space inside': [`${header}.${claims}.${signature.slice(0, 9)} ${signature.slice(9)}`, 'token-invalid'],
    padding: [`${header}.${claims}.${signature}=`, 'token-invalid'],
    'a header that is not JSON': [`e30x.${claims}.${signature}`, 'token-invalid'],
    'a header that is an array': [signTexts('["HS256"]', JSON.stringify(CLAIMS)), 'token-invalid'],
    'a header that is null': [signTexts('null', JSON.stringify(CLAIMS)), 'token-invalid'],
    'claims that are null': [signTexts(JSON.stringify(HEADER), 'null'), 'token-invalid'],
    'claims that are a number': [signTexts(JSON.stringify(HEADER), '1e400'), 'token-invalid'],
    'claims of invalid UTF-8': [
      signBytes(Buffer.from(JSON.stringify(CLAIMS).replace('alice', 'alic\xff'), 'latin1')),
      'token-invalid',
    ],
    'claims that no base64 makes': [`${header}.AAAAA.${signature}`, 'token-invalid'],
    'a signature that no base64 makes': [`${header}.${claims}.AAAAA`, 'token-invalid'],
    'a short signature': [`${header}.${claims}.AAAA`, 'token-signature-invalid'],
    '1 MiB': [sign(HEADER, { ...CLAIMS, more: 'x'.repeat(1024 * 1024) }), 'token-invalid'],
    '1 MiB of dots': ['.'.repeat(1024 * 1024), 'token-invalid'],
    'a little more than 16 KiB': [sign(HEADER, { ...CLAIMS, more: 'x'.repeat(12 * 1024) }), 'token-invalid'],
    'depth 5,000 under a wrong claim': [
      signTexts(JSON.stringify(HEADER), JSON.stringify(CLAIMS).replace(/"grants":\{.*?\}\}/, `"grants":${deep}`)),
      'token-grants-invalid',
    ],

    'alg none': [unsigned('none'), 'token-invalid'],
    'alg none with a signature': [sign({ ...HEADER, alg: 'none' }, CLAIMS), 'token-header-invalid'],
    'alg None': [sign({ ...HEADER, alg: 'None' }, CLAIMS), 'token-header-invalid'],
    'alg nOnE': [sign({ ...HEADER, alg: 'nOnE' }, CLAIMS), 'token-header-invalid'],
    'alg RS256': [sign({ ...HEADER, alg: 'RS256' }, CLAIMS), 'token-header-invalid'],
    'alg ES256': [sign({ ...HEADER, alg: 'ES256' }, CLAIMS), 'token-header-invalid'],
    'alg hs256': [sign({ ...HEADER, alg: 'hs256' }, CLAIMS), 'token-header-invalid'],
    'alg missing': [sign({ ...HEADER, alg: undefined }, CLAIMS), 'token-header-invalid'],
    'alg a list': [sign({ ...HEADER, alg: ['HS256'] }, CLAIMS), 'token-header-invalid'],
    'alg of the prototype': [sign({ ...HEADER, alg: 'constructor' }, CLAIMS), 'token-header-invalid'],
    'HS256 with a public RSA key': [sign(HEADER, CLAIMS, publicKey), 'token-signature-invalid'],
    'HS384 said, HS256 made': [sign({ ...HEADER, alg: 'HS384' }, CLAIMS), 'token-signature-invalid'],
    'typ missing': [sign({ ...HEADER, typ: undefined }, CLAIMS), 'token-header-invalid'],
    'typ another': [sign({ ...HEADER, typ: 'at+jwt' }, CLAIMS), 'token-header-invalid'],
    'cty missing': [sign({ ...HEADER, cty: undefined }, CLAIMS), 'token-header-invalid'],
    'cty another': [sign({ ...HEADER, cty: 'JWT' }, CLAIMS), 'token-header-invalid'],
    'cty a number': [sign({ ...HEADER, cty: 1 }, CLAIMS), 'token-header-invalid'],
    'a critical extension': [sign({ ...HEADER, crit: ['b64'], b64: true }, CLAIMS), 'token-header-invalid'],
    'own key in jwk': [sign({ ...HEADER, jwk: { kty: 'oct', k: encode('mine') } }, CLAIMS, 'mine'), 'token-signature-invalid'],
    'kid names the key': [sign({ ...HEADER, kid: KEY.sid }, { ...CLAIMS, iss: undefined }), 'token-issuer-invalid'],

    'iss unknown or revoked': [withClaims({ iss: `SK${'f'.repeat(32)}` }), 'token-issuer-invalid'],
    'iss missing': [withClaims({ iss: undefined }), 'token-issuer-invalid'],
    'iss with SQL': [withClaims({ iss: "SK' OR 1=1 --" }), 'token-issuer-invalid'],
    'iss a list': [withClaims({ iss: [KEY.sid] }), 'token-issuer-invalid'],
    'sub of another account': [withClaims({ sub: OTHER_ACCOUNT }), 'token-issuer-invalid'],
    'sub missing': [withClaims({ sub: undefined }), 'token-issuer-invalid'],
    'a key with an empty secret': [sign(HEADER, { ...CLAIMS, iss: EMPTY_KEY.sid }, ''), 'token-issuer-invalid'],
    'wrong secret': [sign(HEADER, CLAIMS, 'wrong'), 'token-signature-invalid'],
    'the secret of the other tenant': [sign(HEADER, CLAIMS, OTHER_KEY.secret), 'token-signature-invalid'],
    'signature of other claims': [
      `${header}.${encode(JSON.stringify({ ...CLAIMS, sub: ACCOUNT, jti: 'x' }))}.${signature}`,
      'token-signature-invalid',
    ],

    'exp missing': [withClaims({ exp: undefined }), 'token-invalid'],
    'exp a text': [withClaims({ exp: String(SECONDS + 60) }), 'token-invalid'],
    'exp negative': [withClaims({ exp: -1 }), 'token-invalid'],
    'exp infinite': [
      signTexts(JSON.stringify(HEADER), JSON.stringify(CLAIMS).replace(/"exp":\d+/, '"exp":1e400')),
      'token-invalid',
    ],
    'exp past': [withClaims({ iat: SECONDS - 7200, exp: SECONDS - 3600 }), 'token-expired'],
    'exp zero': [withClaims({ exp: 0 }), 'token-expired'],
    'exp huge': [withClaims({ exp: Number.MAX_SAFE_INTEGER }), 'token-lifetime-too-long'],
    'exp in milliseconds': [withClaims({ exp: NOW + 3_600_000 }), 'token-lifetime-too-long'],
    'more than 24 hours': [withClaims({ exp: SECONDS + 86_401 }), 'token-lifetime-too-long'],
    'more than 24 hours from nbf, no iat': [withClaims({ iat: undefined, nbf: SECONDS - 90_000 }), 'token-lifetime-too-long'],
    'more than 24 hours from now, no iat': [withClaims({ iat: undefined, exp: SECONDS + 90_000 }), 'token-lifetime-too-long'],
    'nbf future': [withClaims({ nbf: SECONDS + 120 }), 'token-not-yet-valid'],
    'nbf a text': [withClaims({ nbf: 'now' }), 'token-invalid'],
    'iat future': [withClaims({ iat: SECONDS + 3000 }), 'token-not-yet-valid'],
    'iat in milliseconds': [withClaims({ iat: NOW }), 'token-not-yet-valid'],
    'iat zero': [withClaims({ iat: 0 }), 'token-lifetime-too-long'],
    'iat null': [withClaims({ iat: null }), 'token-invalid'],
    'nbf after exp, no iat': [withClaims({ iat: undefined, nbf: SECONDS + 50, exp: SECONDS + 10 }), 'token-invalid'],
    'iat after exp': [withClaims({ iat: SECONDS + 50, exp: SECONDS + 10 }), 'token-invalid'],

    'no grants': [withClaims({ grants: undefined }), 'token-grants-invalid'],
    'grants a text': [withClaims({ grants: 'chat' }), 'token-grants-invalid'],
    'no chat grant': [withClaims({ grants: { identity: 'alice' } }), 'token-grants-invalid'],
    'grant of another product': [
      withClaims({ grants: { identity: 'alice', data_sync: { service_sid: SERVICE } } }),
      'token-grants-invalid',
    ],
    'two chat grants': [
      withClaims({ grants: { ...GRANTS, ip_messaging: { service_sid: OTHER_SERVICE } } }),
      'token-grants-invalid',
    ],
    'chat null': [withClaims({ grants: { identity: 'alice', chat: null } }), 'token-grants-invalid'],
    'chat a list': [withClaims({ grants: { identity: 'alice', chat: [SERVICE] } }), 'token-grants-invalid'],
    'chat under __proto__': [
      signTexts(JSON.stringify(HEADER), JSON.stringify(CLAIMS).replace('"chat"', '"__proto__"')),
      'token-grants-invalid',
    ],
    'no service': [withClaims({ grants: { identity: 'alice', chat: {} } }), 'token-grants-invalid'],
    'a service that is no SID': [withClaims({ grants: { ...GRANTS, chat: { service_sid: '../IS' } } }), 'token-grants-invalid'],
    'an endpoint that is a number': [
      withClaims({ grants: { ...GRANTS, chat: { service_sid: SERVICE, endpoint_id: 1 } } }),
      'token-grants-invalid',
    ],
    'an endpoint of 257 characters': [
      withClaims({ grants: { ...GRANTS, chat: { service_sid: SERVICE, endpoint_id: 'x'.repeat(257) } } }),
      'token-grants-invalid',
    ],
    'a role that is no role': [
      withClaims({ grants: { ...GRANTS, chat: { service_sid: SERVICE, deployment_role_sid: SERVICE } } }),
      'token-grants-invalid',
    ],
    'right key, service of another account': [
      withClaims({ grants: { ...GRANTS, chat: { service_sid: OTHER_SERVICE } } }),
      'token-service-unknown',
    ],
    'right key, unknown service': [
      withClaims({ grants: { ...GRANTS, chat: { service_sid: `IS${'9'.repeat(32)}` } } }),
      'token-service-unknown',
    ],

    'identity missing': [withIdentity(undefined), 'token-identity-missing'],
    'identity null': [withIdentity(null), 'token-identity-missing'],
    'identity a number': [withIdentity(42), 'token-identity-missing'],
    'identity a list': [withIdentity(['alice']), 'token-identity-missing'],
    'identity empty': [withIdentity(''), 'token-identity-missing'],
    'identity of 257 characters': [withIdentity('x'.repeat(257)), 'token-identity-missing'],
    'identity with NUL': [withIdentity('alice\0'), 'token-identity-missing'],
    'identity with a lone surrogate': [withIdentity('alice\ud800'), 'token-identity-missing'],
    'identity like a SID': [withIdentity(`US${'a'.repeat(32)}`), 'token-identity-missing'],
    'identity reserved': [withIdentity('system'), 'token-identity-missing'],
  }

  test.each(Object.entries(hostile))('%s', async (_, [token, refused]) => {
    const refusal = await verify(token)
    expect(refusal).toMatchObject({ refused })
    expect(Object.keys(refusal).filter((key) => key !== 'refused' && key !== 'detail')).toEqual([])
    expect(ERRORS[refused].status).toBe(401)
  })

  test('no value of the token appears in a refusal', async () => {
    const refusals = await Promise.all(Object.values(hostile).map(([token]) => verify(token)))
    const said = JSON.stringify(refusals)
    for (const value of ['alice', SERVICE, OTHER_SERVICE, ACCOUNT, KEY.sid, KEY.secret]) expect(said).not.toContain(value)
  })

  test('only names of the form of a key reach the key ring, and nothing that is not a token', async () => {
    asked.length = 0
    await Promise.all(Object.values(hostile).map(([token]) => verify(token)))
    expect(asked.filter((sid) => !/^SK[0-9a-f]{32}$/.test(sid))).toEqual([])
  })

  test('a key ring that fails is a fault, not a refusal', async () => {
    const broken: KeyRing = { ...keys, key: () => Promise.reject(new Error('store gone')) }
    await expect(verifyAccessToken(sign(HEADER, CLAIMS), broken, NOW)).rejects.toThrow('store gone')
  })
})

describe('any text', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.tuple(fc.base64String(), fc.base64String(), fc.base64String()).map((parts) => parts.join('.').replaceAll('=', '')),
    fc.tuple(fc.json(), fc.json()).map(([header, claims]) => signTexts(header, claims)),
    fc.json().map((claims) => signTexts(JSON.stringify(HEADER), claims)),
    fc.jsonValue().map((grants) => withClaims({ grants })),
    fc
      .record({ exp: fc.jsonValue(), nbf: fc.jsonValue(), iat: fc.jsonValue(), iss: fc.jsonValue() }, { requiredKeys: [] })
      .map(withClaims),
  )

  test('never throws, and is granted only for one of our services', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (token) => {
        const answer = await verify(token)
        if ('refused' in answer) expect(ERRORS).toHaveProperty(answer.refused)
        else expect(answer).toMatchObject({ accountSid: ACCOUNT, serviceSid: SERVICE, identity: 'alice' })
      }),
      { numRuns: 500 },
    )
  })

  test('one changed character of header or claims is refused', async () => {
    const token = sign(HEADER, CLAIMS)
    const end = token.lastIndexOf('.')
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: end - 1 }), fc.constantFrom(...'AZaz09-_.'), async (at, character) => {
        fc.pre(token[at] !== character)
        expect(await verify(token.slice(0, at) + character + token.slice(at + 1))).toHaveProperty('refused')
      }),
      { numRuns: 300 },
    )
  })
})

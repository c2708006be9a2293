import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CONFIG_VARIABLES, type Config, type ConfigProblems, readConfig } from './config.ts'
import { describeConfig } from './describe-config.ts'

const SECRET = 'mArKeR-5ecret-value'
const CREDENTIALS = {
  CONVERSA_ACCOUNT_SID: `AC${'a'.repeat(32)}`,
  CONVERSA_AUTH_TOKEN: `auth-${SECRET}`,
  CONVERSA_API_KEY_SID: `SK${'b'.repeat(32)}`,
  CONVERSA_API_KEY_SECRET: `key-${SECRET}`,
  CONVERSA_SERVICE_SID: `IS${'c'.repeat(32)}`,
}
const DEVELOPMENT = { CONVERSA_MODE: 'development' }

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'conversa-config-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function config(...input: Parameters<typeof readConfig>): Config {
  const answer = readConfig(...input)
  if ('problems' in answer) throw new Error(answer.problems.join('\n'))
  return answer
}

function problems(...input: Parameters<typeof readConfig>): readonly string[] {
  return (readConfig(...input) as ConfigProblems).problems
}

function file(name: string, text: string): NodeJS.ProcessEnv {
  writeFileSync(join(folder, name), text)
  return { ...DEVELOPMENT, CONVERSA_CONFIG: join(folder, name) }
}

describe('readConfig', () => {
  test('has a default for everything in development', () => {
    expect(config({ ...DEVELOPMENT, PATH: '/bin', NODE_ENV: 'test' })).toEqual({
      mode: 'development',
      host: '127.0.0.1',
      port: 8080,
      dataDirectory: resolve('data'),
      logLevel: 'info',
      credentials: {},
      settings: {
        allowedOrigins: [],
        media: {},
        limits: {},
        channels: [],
        push: {},
        idempotencyDays: 7,
        databaseConnections: 10,
      },
    })
  })

  test('reads everything', () => {
    writeFileSync(
      join(folder, 'all.json'),
      `{"allowedOrigins":["https://chat.example.org","http://localhost:3000"],"media":{"fileBytes":1},"limits":{"actionsPerService":9},
        "push":{"subject":"mailto:chat@example.org","toConnected":true},"idempotencyDays":30}`,
    )
    const env = {
      ...CREDENTIALS,
      HOST: '0.0.0.0',
      PORT: '0',
      CONVERSA_MODE: 'production',
      CONVERSA_DATA: 'somewhere',
      CONVERSA_DATABASE_URL: 'postgres://conversa:pw@db/conversa',
      CONVERSA_NATS_URL: 'nats://a:4222,tls://b:4222',
      CONVERSA_PUBLIC_URL: 'https://chat.example.org/api/',
      CONVERSA_LOG_LEVEL: 'debug',
      CONVERSA_OPERATOR_TOKEN: `operator-${SECRET}`,
      CONVERSA_CONFIG: join(folder, 'all.json'),
    }
    expect(Object.keys(env).sort()).toEqual(Object.keys(CONFIG_VARIABLES).sort())
    expect(config(env)).toEqual({
      mode: 'production',
      host: '0.0.0.0',
      port: 0,
      dataDirectory: resolve('somewhere'),
      databaseUrl: 'postgres://conversa:pw@db/conversa',
      natsUrl: 'nats://a:4222,tls://b:4222',
      publicUrl: 'https://chat.example.org/api',
      operatorToken: `operator-${SECRET}`,
      logLevel: 'debug',
      credentials: {
        accountSid: CREDENTIALS.CONVERSA_ACCOUNT_SID,
        authToken: CREDENTIALS.CONVERSA_AUTH_TOKEN,
        apiKeySid: CREDENTIALS.CONVERSA_API_KEY_SID,
        apiKeySecret: CREDENTIALS.CONVERSA_API_KEY_SECRET,
        serviceSid: CREDENTIALS.CONVERSA_SERVICE_SID,
      },
      settings: {
        allowedOrigins: ['https://chat.example.org', 'http://localhost:3000'],
        media: { fileBytes: 1 },
        limits: { rates: { service: 9 } },
        push: { subject: 'mailto:chat@example.org', toConnected: true },
        channels: [],
        idempotencyDays: 30,
        databaseConnections: 10,
      },
    })
  })

  test('nothing in it can be changed', () => {
    const read = config({ ...CREDENTIALS })
    for (const part of [read, read.credentials, read.settings, read.settings.allowedOrigins, read.settings.media])
      expect(Object.isFrozen(part)).toBe(true)
  })

  test('the command line wins; what it does not say stays', () => {
    const read = config({ ...DEVELOPMENT, PORT: '1', CONVERSA_DATA: '/a' }, { PORT: '2', CONVERSA_DATA: undefined, HOST: '::1' })
    expect(read).toMatchObject({ port: 2, dataDirectory: resolve('/a'), host: '::1' })
  })

  test('an empty value counts as unset', () => {
    expect(config({ ...DEVELOPMENT, HOST: '', PORT: '', CONVERSA_NATS_URL: '', CONVERSA_ACCOUNT_SID: '' })).toEqual(
      config(DEVELOPMENT),
    )
  })

  test('without a mode it is production, which needs all credentials', () => {
    expect(problems({ PORT: '1', ...CREDENTIALS, CONVERSA_AUTH_TOKEN: '', CONVERSA_SERVICE_SID: undefined })).toEqual([
      'production mode needs credentials: set CONVERSA_AUTH_TOKEN, CONVERSA_SERVICE_SID; or set CONVERSA_MODE=development to try the server on this machine',
    ])
    expect(config(CREDENTIALS).mode).toBe('production')
  })

  test.each(['127.0.0.1', '127.255.0.9', '::1', '0:0:0:0:0:0:0:1', 'localhost', 'LocalHost'])(
    'development listens on %s',
    (HOST) => {
      expect(config({ ...DEVELOPMENT, HOST }).host).toBe(HOST)
    },
  )

  test.each([
    '0.0.0.0',
    '::',
    '192.168.1.2',
    '128.0.0.1',
    '2001:db8::1',
    'chat.example.org',
    'localhost.example.org',
    '127.0.0.1.example.org',
  ])('development refuses %s, production takes it', (HOST) => {
    expect(problems({ ...DEVELOPMENT, ...CREDENTIALS, HOST })).toEqual([
      expect.stringContaining('HOST must be a loopback address'),
    ])
    expect(config({ ...CREDENTIALS, HOST }).host).toBe(HOST)
  })

  test.each([
    ['HOST', ['[::1]', 'a b', 'http://localhost', '127.0.0.1:80', '-x', 'a..b', 'x\n']],
    ['PORT', ['-1', '65536', '80.5', '0x50', 'http', ' 80', '1e3', '999999']],
    ['CONVERSA_MODE', ['dev', 'Production', 'test']],
    ['CONVERSA_DATABASE_URL', ['mysql://x/y', 'postgres', 'file:data.sqlite', ' postgres://x/y', 'postgres:///x']],
    ['CONVERSA_NATS_URL', ['localhost:4222', 'http://x', 'nats://a,', 'nats://a,http://b']],
    ['CONVERSA_PUBLIC_URL', ['chat.example.org', 'ftp://x', 'https://u:p@x', 'https://x/?a=b', 'https://x/#', 'https://x?']],
    [
      'CONVERSA_ACCOUNT_SID',
      [`SK${'a'.repeat(32)}`, `AC${'a'.repeat(31)}`, `AC${'g'.repeat(32)}`, `AC${'a'.repeat(32)}\n`, `ac${'a'.repeat(32)}`],
    ],
    ['CONVERSA_API_KEY_SID', [`AC${'a'.repeat(32)}`]],
    ['CONVERSA_SERVICE_SID', [`CH${'a'.repeat(32)}`]],
    ['CONVERSA_AUTH_TOKEN', ['abc\n', ' abc', ' ']],
    ['CONVERSA_OPERATOR_TOKEN', ['abc\n', ' abc']],
    ['CONVERSA_API_KEY_SECRET', ['abc\r']],
    ['CONVERSA_LOG_LEVEL', ['verbose', 'INFO']],
  ])('%s: wrong values make one problem each, in every mode', (name, values) => {
    for (const value of values) {
      for (const base of [CREDENTIALS, DEVELOPMENT]) {
        expect(problems({ ...base, [name]: value }), JSON.stringify(value)).toEqual([expect.stringMatching(`^${name} must `)])
      }
    }
  })

  test('unknown names are errors that name the nearest', () => {
    expect(
      problems({ ...DEVELOPMENT, CONVERSA_DATABSE_URL: 'x', CONVERSA_COLOUR_OF_THE_SKY: 'blue', CONVERSATION: 'y' }),
    ).toEqual([
      'CONVERSA_DATABSE_URL is not a known variable; did you mean CONVERSA_DATABASE_URL?',
      'CONVERSA_COLOUR_OF_THE_SKY is not a known variable',
    ])
  })

  test('all problems are told at once', () => {
    expect(problems({ PORT: 'x', CONVERSA_MODE: 'y', CONVERSA_ACCOUNT_SID: 'z', CONVERSA_W: '1' })).toHaveLength(4)
  })

  test('no value appears in a problem: a secret may stand under a wrong name', () => {
    for (const name of Object.keys(CONFIG_VARIABLES).filter((variable) => variable !== 'CONVERSA_CONFIG')) {
      expect(JSON.stringify(readConfig({ [name]: `${SECRET} ` })), name).not.toContain(SECRET)
    }
    expect(problems({ CONVERSA_SECRET: SECRET }).join()).not.toContain(SECRET)
  })
})

describe('the file', () => {
  test.each([
    ['missing.json', undefined, /^CONVERSA_CONFIG: unable to read .*missing\.json: ENOENT$/],
    ['text.json', `{"allowedOrigins": ${SECRET}}`, /^CONVERSA_CONFIG: .*text\.json is not JSON/],
    ['half.json', `{"allowedOrigins": ["${SECRET}`, /^CONVERSA_CONFIG: .*half\.json is not JSON \(line 1 column \d+\)$/],
    ['empty.json', '', /is not JSON/],
    ['list.json', '[]', /must hold one JSON object$/],
    ['null.json', 'null', /must hold one JSON object$/],
    [
      'typo.json',
      `{"alowedOrigins":["${SECRET}"]}`,
      /^CONVERSA_CONFIG: the key "alowedOrigins" is unknown; did you mean "allowedOrigins"\?$/,
    ],
    ['port.json', '{"port":8081}', /^CONVERSA_CONFIG: the key "port" is unknown; set PORT in the environment$/],
    ['database.json', `{"databaseUrl":"${SECRET}"}`, /unknown; set CONVERSA_DATABASE_URL in the environment$/],
    ['other.json', '{"zzz":1}', /the key "zzz" is unknown$/],
    ['prototype.json', '{"__proto__":{"allowedOrigins":[]}}', /the key "__proto__" is unknown$/],
    ['inherited.json', '{"toString":1}', /the key "toString" is unknown$/],
    ['origin-text.json', '{"allowedOrigins":"https://x.org"}', /^CONVERSA_CONFIG: allowedOrigins must be a list of origins/],
    ['origin-path.json', '{"allowedOrigins":["https://x.org/"]}', /allowedOrigins must be/],
    ['origin-star.json', '{"allowedOrigins":["*"]}', /allowedOrigins must be/],
    ['origin-null.json', '{"allowedOrigins":["null"]}', /allowedOrigins must be/],
    ['limits.json', '{"limits":{"preset":"none"}}', /^CONVERSA_CONFIG: limits must be an object with .*"preset": "vendor"/],
    ['media-text.json', '{"media":"150 MB"}', /^CONVERSA_CONFIG: media must be an object with whole numbers from 1 upward/],
    ['media-null.json', '{"media":null}', /^CONVERSA_CONFIG: media must be/],
    ['media-list.json', '{"media":[1]}', /^CONVERSA_CONFIG: media must be/],
    ['media-typo.json', '{"media":{"fileByte":1}}', /^CONVERSA_CONFIG: media must be .* fileBytes,/],
    ['media-zero.json', '{"media":{"perMessage":0}}', /^CONVERSA_CONFIG: media must be/],
    ['media-fraction.json', '{"media":{"perMessage":1.5}}', /^CONVERSA_CONFIG: media must be/],
    ['push-list.json', '{"push":[]}', /^CONVERSA_CONFIG: push must be/],
    ['push-unknown.json', '{"push":{"key":1}}', /^CONVERSA_CONFIG: push must be/],
    ['push-subject.json', '{"push":{"subject":"me"}}', /^CONVERSA_CONFIG: push must be/],
    ['push-url.json', '{"push":{"fcmUrl":"https://a/b"}}', /^CONVERSA_CONFIG: push must be/],
    ['origin-number.json', '{"allowedOrigins":[1]}', /allowedOrigins must be/],
  ])('%s', (name, text, expected) => {
    const env = text === undefined ? { ...DEVELOPMENT, CONVERSA_CONFIG: join(folder, name) } : file(name, text)
    expect(problems(env)).toEqual([expect.stringMatching(expected)])
    expect(problems(env).join()).not.toContain(SECRET)
  })

  test('may have the keys that browsers know the server by, which have to belong together', () => {
    // RFC 8291, 5.
    const vapidPublicKey = 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8'
    const vapidPrivateKey = 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'
    const other = 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4'
    const read = (push: object) => file('push.json', JSON.stringify({ push }))
    expect(config(read({ vapidPublicKey, vapidPrivateKey })).settings.push).toEqual({ vapidPublicKey, vapidPrivateKey })
    for (const wrong of [
      { vapidPublicKey: other, vapidPrivateKey },
      { vapidPublicKey },
      { vapidPrivateKey },
      { vapidPublicKey, vapidPrivateKey: '' },
      { vapidPublicKey, vapidPrivateKey: 'A'.repeat(43) },
    ])
      expect(problems(read(wrong))).toEqual([
        expect.stringContaining('vapidPublicKey with the vapidPrivateKey that belongs to it'),
      ])
  })

  test('with carriers that fetch files needs an address by which they can', () => {
    const channel = { type: 'http', name: 'sms', addresses: ['*'], url: 'https://connector.example/send', secret: 'x'.repeat(24) }
    const env = file('connector.json', JSON.stringify({ channels: [channel] }))
    expect(problems(env)).toEqual([
      'the channel "sms" is told where files are: set CONVERSA_PUBLIC_URL to an address of this server that leads there',
    ])
    expect(config({ ...env, CONVERSA_PUBLIC_URL: 'https://chat.example' }).settings.channels).toEqual([channel])
  })

  test('may say nothing, and may start with a byte order mark', () => {
    expect(config(file('nothing.json', '\uFEFF{}')).settings).toEqual({
      allowedOrigins: [],
      media: {},
      limits: {},
      push: {},
      channels: [],
      idempotencyDays: 7,
      databaseConnections: 10,
    })
  })
})

describe('describeConfig', () => {
  test('shows everything but secrets', () => {
    const text = describeConfig(
      config({
        ...CREDENTIALS,
        HOST: '::1',
        CONVERSA_DATABASE_URL: `postgres://user:${SECRET}@db:5432/conversa?password=${SECRET}`,
        CONVERSA_NATS_URL: `nats://${SECRET}@a:4222,nats://b:4222`,
      }),
    )
    expect(text).not.toContain(SECRET)
    for (const part of [
      'production',
      '[::1]:8080',
      'postgres://********@db:5432/conversa',
      'nats://********@a:4222, nats://b:4222',
    ])
      expect(text).toContain(part)
    for (const sid of [CREDENTIALS.CONVERSA_ACCOUNT_SID, CREDENTIALS.CONVERSA_API_KEY_SID, CREDENTIALS.CONVERSA_SERVICE_SID])
      expect(text).toContain(sid)
  })

  test('says what is not set', () => {
    const text = describeConfig(config(DEVELOPMENT))
    expect(text.match(/\(not set\)/g)).toHaveLength(5)
    expect(text).toContain('SQLite in the data folder')
    expect(text).toContain('none (one node)')
  })
})

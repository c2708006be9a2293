import { request as httpRequest } from 'node:http'
import fc from 'fast-check'
import fastify from 'fastify'
import { describe, expect, test } from 'vitest'
import { createLogger, type Logger, type LogLevel } from './logger.ts'
import { scrubLine } from './scrub.ts'

const MARKER = 'mArKeR7f3a'
const JWT = `eyJhbGciOiJIUzI1NiJ9.eyJncmFudHMiOnt9fQ.${MARKER}-signature`

function collect(level: LogLevel = 'trace') {
  const lines: string[] = []
  return { lines, logger: createLogger({ level, destination: { write: (line) => void lines.push(line) } }) }
}

describe('createLogger', () => {
  test('writes one JSON object per line', () => {
    const { lines, logger } = collect('info')
    logger.info({ conversation: 'CH1', count: 3, ready: true, none: null }, 'stored')
    logger.debug('not written')
    expect(lines).toHaveLength(1)
    expect(lines[0]?.endsWith('}\n')).toBe(true)
    const line = JSON.parse(lines[0] ?? '')
    expect(line).toMatchObject({ level: 'info', conversation: 'CH1', count: 3, ready: true, none: null, msg: 'stored' })
    expect(new Date(line.time).toISOString()).toBe(line.time)
  })

  test('silent writes nothing', () => {
    const { lines, logger } = collect('silent')
    logger.fatal('x')
    expect(lines).toEqual([])
  })

  test('shows the type, message, stack and code of an error, with its cause', () => {
    const { lines, logger } = collect()
    const error = Object.assign(new TypeError('store gone', { cause: new Error('disk full') }), { code: 'ENOSPC' })
    logger.error({ err: error }, 'unable to commit')
    const { err, msg } = JSON.parse(lines[0] ?? '')
    expect(err).toMatchObject({
      type: 'TypeError',
      message: 'store gone: disk full',
      code: 'ENOSPC',
      stack: expect.stringContaining('logger.test'),
    })
    expect(msg).toBe('unable to commit')
  })
})

const secretFields = [
  'body',
  'Body',
  'rawBody',
  'bodies',
  'attributes',
  'Attributes',
  'lastMessageAttributes',
  'token',
  'accessToken',
  'access_token',
  'authToken',
  'tokens',
  'jwt',
  'authorization',
  'Authorization',
  'proxy-authorization',
  'authorizationHeader',
  'cookie',
  'set-cookie',
  'secret',
  'keySecret',
  'apiKeySecret',
  'client_secret',
  'password',
  'CONVERSA_AUTH_TOKEN',
  'CONVERSA_API_KEY_SECRET',
  'credentials',
  'x-twilio-signature',
  'webhook-signature',
  'payload',
]
const values: unknown[] = [MARKER, { inner: MARKER }, [MARKER], { a: [{ b: MARKER }] }]

const ways: Record<string, (logger: Logger, field: string, value: unknown) => void> = {
  'a field': (logger, field, value) => logger.info({ [field]: value }),
  'a nested field': (logger, field, value) => logger.info({ a: { b: { [field]: value } } }),
  'a field in a list': (logger, field, value) => logger.info({ list: [{ [field]: value }] }),
  'a field of a class': (logger, field, value) =>
    logger.info({ frame: Object.assign(new (class Frame {})(), { [field]: value }) }),
  'a binding of a child': (logger, field, value) => logger.child({ [field]: value }).info('x'),
  'a binding of a grandchild': (logger, field, value) =>
    logger
      .child({ a: 1 })
      .child({ b: { [field]: value } })
      .info('x'),
  'a field of an error': (logger, field, value) => logger.error({ err: Object.assign(new Error('failed'), { [field]: value }) }),
  'an error as the argument': (logger, field, value) => logger.error(Object.assign(new Error('failed'), { [field]: value })),
  'a header of a request': (logger, field, value) =>
    logger.info({ req: { method: 'GET', url: '/v1', headers: { [field]: value } } }),
  'a format of an object': (logger, field, value) =>
    logger.info('%o %O %j', { [field]: value }, { [field]: value }, { [field]: value }),
  'a format after fields': (logger, field, value) => logger.info({ a: 1 }, 'x %j', { [field]: value }),
  'a JSON field': (logger, field, value) => logger.info({ toJSON: () => ({ [field]: value }) }),
}

describe('a marker in each of these never reaches the log (reliability B11)', () => {
  test.each(Object.entries(ways))('%s', (_, way) => {
    const { lines, logger } = collect()
    for (const field of secretFields) for (const value of values) way(logger, field, value)
    expect(lines).toHaveLength(secretFields.length * values.length)
    expect(lines.join('')).not.toContain(MARKER)
  })

  const texts: Record<string, string> = {
    'a token': `refused ${JWT}.`,
    'half a token': `refused ${JWT.slice(0, 30)}${MARKER}`,
    'a bearer': `Bearer abcdefghijklmnop${MARKER}`,
    'basic credentials': `basic ${Buffer.from('AC:secret').toString('base64')}${MARKER}==`,
    'a query of an address': `GET https://example.org/v3/wsconnect?token=${MARKER} failed`,
    'a query without a name': `wss://example.org/v3/wsconnect?${MARKER}`,
    'a fragment': `https://example.org/#${MARKER}`,
    'a query of a path': `GET /v3/wsconnect?a=b&token=${MARKER} failed`,
    'a password in an address': `connect postgres://conversa:${MARKER}@db:5432/conversa failed`,
    'a name and a token in an address': `nats://${MARKER}@bus:4222`,
  }
  test.each(Object.entries(texts))('%s in a message, a field, an error, a stack, a binding, a name of a field', (_, text) => {
    const { lines, logger } = collect()
    logger.info(text)
    logger.info('said: %s', text)
    logger.info({ reason: text, deep: { list: [text] } })
    logger.error(new Error(text))
    logger.error({ err: new Error('failed', { cause: new Error(text) }) }, 'failed')
    logger.child({ peer: text }).warn('x')
    logger.info({ [text]: 1 })
    expect(lines).toHaveLength(7)
    expect(lines.join('')).not.toContain(MARKER)
  })

  test.each(['url', 'originalUrl', 'path', 'href', 'referer', 'Referrer', 'location', 'requestUri'])(
    'the query of %s',
    (field) => {
      const { lines, logger } = collect()
      logger.info({ [field]: `/v1/Conversations?${MARKER}`, headers: { [field]: `/a#${MARKER}\n${MARKER}` } })
      expect(lines[0]).toContain('/v1/Conversations"')
      expect(lines[0]).not.toContain(MARKER)
    },
  )

  test('what V8 quotes of a text that is not JSON', () => {
    const { lines, logger } = collect()
    const broken = [
      MARKER,
      `{"body":"${MARKER}`,
      `{"a":${MARKER}}`,
      `[1,${MARKER},${'x'.repeat(50)}]`,
      `{"a":"${MARKER}\n"}`,
      `"${MARKER}" "x"`,
      `{${MARKER}"`,
    ]
    for (const text of broken) {
      try {
        JSON.parse(text)
      } catch (error) {
        logger.error(error)
      }
    }
    expect(lines).toHaveLength(broken.length)
    for (let at = 0; at + 5 <= MARKER.length; at++) expect(lines.join('')).not.toContain(MARKER.slice(at, at + 5))
  })

  test('requests as fastify logs them', async () => {
    const { lines, logger } = collect()
    const app = fastify({ loggerInstance: logger })
    app.post('/v3/wsconnect', async (request) => {
      request.log.info({ req: request.raw, res: request.raw.socket ? undefined : null }, 'raw')
      request.log.info(request.raw)
      request.log.info({ headers: request.headers, query: { token: MARKER }, received: { body: request.body } })
      throw new Error(`unable to serve ${request.url}`)
    })
    const address = await app.listen({ host: '127.0.0.1', port: 0 })
    await new Promise((resolve, reject) => {
      const headers = {
        authorization: `Basic ${btoa(`AC:${MARKER}`)}`,
        cookie: `sid=${MARKER}`,
        'content-type': 'application/json',
        referer: `http://x/?t=${MARKER}`,
      }
      const request = httpRequest(`${address}/v3/wsconnect?token=${MARKER}`, { method: 'POST', headers }, (response) =>
        response.resume().on('end', resolve),
      )
      request.on('error', reject).end(JSON.stringify({ body: MARKER }))
    })
    await app.close()
    expect(lines.join('')).toContain('"url":"/v3/wsconnect"')
    expect(lines.join('')).not.toContain(MARKER)
    expect(lines.join('')).not.toContain(btoa(`AC:${MARKER}`).slice(0, 12))
  })
})

describe('scrubLine', () => {
  test('leaves plain lines as they are', () => {
    const line =
      '{"level":"info","msg":"basic setup done? yes / no","sid":"CH1","port":8080,"tokenExpired":true,"bodyBytes":12,"list":[1,"a",null]}\n'
    expect(scrubLine(line)).toBe(line)
  })

  test('a line that is not JSON is not written', () => {
    expect(JSON.parse(scrubLine(`{"body":"${MARKER}`))).toMatchObject({ level: 'error' })
  })

  test('is short on hostile texts, and done within the time of a test: what grew with their square would take hours', () => {
    const hostile = ['://', 'eyJ', '"', '?a=', 'basic ', '://a@', '" is not valid JSON', '?a[', '...'].map((part) =>
      part.repeat(300_000),
    )
    for (const text of hostile) expect(scrubLine(JSON.stringify({ text })).length).toBeLessThan(40_000)
  })

  test('any object gives one line of JSON', () => {
    fc.assert(
      fc.property(fc.object(), (value) => {
        const line = scrubLine(JSON.stringify(value))
        expect(line.indexOf('\n')).toBe(line.length - 1)
        expect(() => JSON.parse(line)).not.toThrow()
      }),
    )
  })
})

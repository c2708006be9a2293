import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { OTHER_SERVICE_SID, SERVICE_SID, startInProcess } from '../end-to-end/in-process-server.ts'
import { packetOf, RawTwilsock } from './raw-twilsock.ts'

async function start() {
  const server = await startInProcess()
  onTestFinished(() => server[Symbol.asyncDispose]())
  return server
}

async function signedIn(identity = 'alice') {
  const server = await start()
  const raw = await RawTwilsock.connect(server.url)
  const { header } = await raw.call('init', { token: await server.token(identity) })
  expect(header.status).toMatchObject({ code: 200 })
  return { server, raw }
}

const SERVICE = `/Client/v2/Services/${SERVICE_SID}`

describe('signing in', () => {
  test.each([
    ['no token', undefined, 20101],
    ['no text', 7, 20101],
    ['no token of anybody', 'x.y.z', 20101],
  ])('is refused with the documented code: %s', async (_, token, errorCode) => {
    const raw = await RawTwilsock.connect((await start()).url)
    const closed = once(raw.socket, 'close')
    const { header } = await raw.call('init', { token })
    expect(header.status).toMatchObject({ code: 401, errorCode })
    await closed
  })

  test('comes before everything else, and once', async () => {
    const server = await start()
    const raw = await RawTwilsock.connect(server.url)
    expect(await raw.ask('GET', '/Client/v2/Configuration')).toMatchObject({ status: 401 })
    expect((await raw.call('update', { token: await server.token('alice') })).header.status).toMatchObject({ code: 401 })
    await raw.call('init', { token: await server.token('alice') })
    expect((await raw.call('init', { token: await server.token('bob') })).header.status).not.toMatchObject({ code: 200 })
    expect(await raw.ask('GET', '/Client/v2/Configuration')).toMatchObject({ body: { identity: 'alice' } })
  })

  test('ends for whoever does not sign in', async () => {
    const server = await startInProcess({ times: { signIn: 20 } })
    onTestFinished(() => server[Symbol.asyncDispose]())
    await once((await RawTwilsock.connect(server.url)).socket, 'close')
  })

  test('does not become somebody else’s by a newer token', async () => {
    const { server, raw } = await signedIn()
    expect((await raw.call('update', { token: await server.token('bob') })).header.status).not.toMatchObject({ code: 200 })
    expect((await raw.call('update', { token: await server.token('alice') })).header.status).toMatchObject({ code: 200 })
  })
})

describe('requests', () => {
  test.each([
    ['an unknown path', 'GET', '/nothing/here', undefined, 404],
    ['a path of another service', 'GET', `/Client/v2/Services/${OTHER_SERVICE_SID}/Conversations/CH1`, undefined, 404],
    ['a list of another user', 'GET', `${SERVICE}/Users/bob/Conversations`, undefined, 403],
    [
      'a map of another user',
      'GET',
      `/v3/Maps/${Buffer.from('bob').toString('base64url')}.my_conversations/Items`,
      undefined,
      404,
    ],
    ['a map that is none', 'GET', '/v3/Maps/nothing', undefined, 404],
    ['a document as a map', 'GET', `/v3/Maps/CH${'0'.repeat(32)}.channel`, undefined, 404],
    [
      'a token that was not made here',
      'GET',
      `${SERVICE}/Users/alice/Conversations`,
      undefined,
      400,
      { PageToken: 'bm90aGluZw' },
    ],
    ['a body that is no JSON', 'POST', `${SERVICE}/Conversations`, '{"friendly_name":', 400],
    ['a body that is no object', 'POST', `${SERVICE}/Conversations`, '[]', 400],
    ['a deep body', 'POST', `${SERVICE}/Conversations`, `{"a":${'['.repeat(100)}${']'.repeat(100)}}`, 400],
    ['a text with NUL', 'POST', `${SERVICE}/Conversations`, '{"friendly_name":"a\\u0000b"}', 400],
    ['half of a character', 'POST', `${SERVICE}/Conversations`, '{"friendly_name":"\\ud800"}', 400],
    ['a number for a name', 'POST', `${SERVICE}/Conversations`, '{"friendly_name":7}', 400],
    ['attributes that are no text', 'POST', `${SERVICE}/Conversations`, '{"attributes":{}}', 400],
    ['subscriptions that are none', 'POST', '/v4/Subscriptions', '{"action":"establish","requests":"all"}', 400],
    ['a device without a name', 'POST', '/v1/registrations', '{"channel_type":"fcm"}', 400],
    ['a device of no service', 'POST', '/v1/registrations', '{"channel_type":"x","data":{"registration_id":"d"}}', 400],
    ['the end of nothing', 'DELETE', '/v1/registrations', '{}', 400],
    ['typing nowhere', 'POST', `${SERVICE}/Typing`, '{}', 400],
  ] as const)('with something wrong are answered with %s', async (_, method, path, body, status, params: object = {}) => {
    const { raw } = await signedIn()
    const answer = await raw.ask(method, path, body, params)
    expect(answer).toMatchObject({ status, body: { status, code: expect.any(Number), message: expect.any(String) } })
    expect(await raw.ask('GET', '/Client/v2/Configuration')).toMatchObject({ status: 200 })
  })

  test('for what is not theirs to read are refused, and so are subscriptions to what is not there', async () => {
    const { server, raw } = await signedIn()
    const bob = await server.signIn('bob')
    const { conversation } = await bob.ask({ type: 'conversation.create' })
    await bob.ask({ type: 'participant.add', conversationSid: conversation.sid, identity: 'bob' })
    for (const path of [`/v3/Lists/${conversation.sid}.messages`, `/v3/Maps/${conversation.sid}.roster/Items`]) {
      expect((await raw.ask('GET', path)).status).toBe(403)
    }
    const correlation_id = 7
    const requests = [{ object_sid: `CH${'0'.repeat(32)}.channel`, object_type: 'document', last_event_id: 0 }]
    await raw.ask('POST', '/v4/Subscriptions', { action: 'establish', correlation_id, requests })
    const failed = await raw.next(({ header }) => header.method === 'notification')
    expect(failed.payload).toMatchObject({ event_type: 'subscription_failed', correlation_id, event: { error: { status: 404 } } })
  })
})

describe('what is no packet', () => {
  test('is dropped, and ends the connection when it does not stop', async () => {
    const { server, raw } = await signedIn()
    const closed = once(raw.socket, 'close')
    raw.socket.send(Buffer.from('nonsense'))
    expect((await raw.ask('GET', '/Client/v2/Configuration')).status).toBe(200)
    for (let at = 0; at < 20; at++) raw.socket.send(Buffer.from(`nonsense ${at}`))
    await closed
    expect(await fetch(`${server.url}/healthz`).then(({ status }) => status)).toBe(200)
  })

  test('is a text, which ends the connection', async () => {
    const { raw } = await signedIn()
    const closed = once(raw.socket, 'close')
    raw.socket.send(packetOf({ id: '1', method: 'init' }).toString())
    await closed
  })

  test('is not an unknown method: it is ignored', async () => {
    const { raw } = await signedIn()
    for (const method of ['telemetry.v1', 'reply', 'constructor', '']) raw.socket.send(packetOf({ id: 'x', method }))
    expect((await raw.ask('GET', '/Client/v2/Configuration')).status).toBe(200)
  })
})

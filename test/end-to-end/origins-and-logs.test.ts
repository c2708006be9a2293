import { describe, expect, test } from 'vitest'
import { FailingDatabase } from '../faults/failing-database.ts'
import { signToken } from './access-tokens.ts'
import { startInProcess } from './in-process-server.ts'
import { RawClient } from './raw-client.ts'
import { RawSocket } from './raw-socket.ts'

describe('pages of other origins (reliability B11)', () => {
  const listed = 'https://chat.example.org'

  test.each([
    ['a page of the list', { Origin: listed }, 101],
    ['no page at all', {}, 101],
    ['another page', { Origin: 'https://evil.example' }, 403],
    ['a page whose name begins alike', { Origin: `${listed}.evil.example` }, 403],
    ['the same page without TLS', { Origin: 'http://chat.example.org' }, 403],
    ['a page without an origin', { Origin: 'null' }, 403],
    ['an origin that is none', { Origin: '"><script>' }, 403],
  ])('%s gets %o: %i', async (_name, headers, status) => {
    await using server = await startInProcess({ allowedOrigins: [listed] })
    const socket = await RawSocket.upgrade(server.url, '/v1/socket', headers as Record<string, string>)
    expect(await socket.status()).toBe(status)
    if (status === 403) await socket.gone
    socket.stream.destroy()
  })

  test("the server's own page needs no place on the list", async () => {
    await using server = await startInProcess({ allowedOrigins: [listed] })
    const client = await RawClient.connect(server.url, { origin: server.url })
    expect(await client.exchange({ type: 'session.ping' })).toMatchObject({ result: {} })
  })

  test('without a list every page may connect: it needs a token anyway', async () => {
    await using server = await startInProcess()
    const client = await RawClient.connect(server.url, { origin: 'https://anywhere.example' })
    expect(await client.exchange({ type: 'session.ping' })).toMatchObject({ result: {} })
  })
})

describe('what lets somebody in, or what people wrote, never reaches the log', () => {
  test('neither from an address, nor from a frame, nor from a failure', async () => {
    const database = new FailingDatabase()
    await using server = await startInProcess({ open: () => database })
    const token = signToken()
    const secret = 'm4rk3r'
    await RawClient.connect(server.url, {}, `/v1/socket?token=${token}&password=${secret}`).then((client) => client.close())
    await RawClient.connect(server.url, {}, `/elsewhere?token=${token}`).catch(() => {})
    await fetch(`${server.url}/healthz?token=${token}`)
    await fetch(`${server.url}/nowhere?token=${token}`, { headers: { authorization: `Bearer ${token}` } })
    const alice = await RawClient.signIn(server.url, token)
    await alice.exchange({ type: 'user.update', friendlyName: secret, attributes: `{"a":"${secret}` })
    await alice.exchange({ type: 'message.send', [secret]: secret, body: secret })
    // A store that fails makes the server log.
    database.failing = true
    expect(await alice.exchange({ type: 'conversation.create', friendlyName: secret })).toMatchObject({ error: { code: 20500 } })
    database.failing = false
    const text = server.logged.join('')
    expect(text).toContain('a request failed')
    for (const part of [...token.split('.'), secret]) expect(text).not.toContain(part)
  })
})

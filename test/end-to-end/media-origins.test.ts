import { afterAll, describe, expect, test } from 'vitest'
import { startInProcess } from './in-process-server.ts'
import { upload } from './media-client.ts'
import { mediaStage } from './media-stage.ts'

const { server, token, sent } = await mediaStage()
afterAll(() => server[Symbol.asyncDispose]())

describe('pages of other origins', () => {
  const preflight = (url: string, origin: string) =>
    fetch(`${url}/v1/media`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,idempotency-key',
      },
    })
  const origin = 'https://chat.example.org'

  test('may upload and fetch, without cookies', async () => {
    const asked = await preflight(server.url, origin)
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
    expect(asked.headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST')
    for (const header of ['Authorization', 'Content-Type', 'Content-Disposition', 'Idempotency-Key']) {
      expect(asked.headers.get('access-control-allow-headers')).toContain(header)
    }
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull()
    const done = await upload(server.url, token, 'x', { headers: { origin } })
    expect([done.status, done.headers.get('access-control-allow-origin')]).toEqual([201, '*'])
    const refused = await upload(server.url, 'nonsense', 'x', { headers: { origin } })
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, '*'])
    const given = await fetch(await sent('x'), { headers: { origin } })
    expect([given.status, given.headers.get('access-control-allow-origin'), given.headers.get('vary')]).toEqual([
      200,
      '*',
      'Origin',
    ])
  })

  test('are as many as the list says, and our own', async () => {
    await using strict = await startInProcess({ allowedOrigins: [origin] })
    const given = await strict.token('alice')
    const asked = await preflight(strict.url, origin)
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, origin])
    for (const other of ['https://evil.example.org', 'null', 'https://chat.example.org.evil.org']) {
      const refused = await preflight(strict.url, other)
      expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, null])
      expect((await upload(strict.url, given, 'x', { headers: { origin: other } })).status).toBe(403)
    }
    for (const right of [origin, strict.url, undefined]) {
      expect((await upload(strict.url, given, 'x', right === undefined ? {} : { headers: { origin: right } })).status).toBe(201)
    }
  })
})

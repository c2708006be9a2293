import { describe, expect, onTestFinished, test } from 'vitest'
import {
  ACCOUNTS,
  type InProcessOptions,
  OTHER_SERVICE_SID,
  SERVICE_SID,
  startInProcess,
} from '../end-to-end/in-process-server.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const bytesAt = async (url: string | null) => Buffer.from(await (await fetch(url ?? '')).arrayBuffer())
const TOKEN = 'x-twilio-token'
const mediaOf = (service: string) => `/v1/Services/${service}/Media`

async function start(options: InProcessOptions = {}) {
  const server = await startInProcess(options)
  onTestFinished(() => server[Symbol.asyncDispose]())
  const token = await server.token('alice')
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(server.url + path, { ...init, headers: { [TOKEN]: token, ...(init.headers as Record<string, string>) } })
  return { server, ask }
}

describe('the service of files', () => {
  test('takes a form as browsers send it', async () => {
    const { ask } = await start()
    const form = new FormData()
    form.append('file', new Blob([PNG], { type: 'image/png' }), 'ü.png')
    const sent = await ask(`${mediaOf(SERVICE_SID)}?Category=media`, { method: 'POST', body: form })
    expect(sent.status).toBe(201)
    const record = (await sent.json()) as { sid: string; links: { content_direct_temporary: string } }
    expect(record).toMatchObject({ filename: 'ü.png', content_type: 'image/png', size: PNG.length, author: 'alice' })
    expect(await bytesAt(record.links.content_direct_temporary)).toEqual(PNG)
    expect(await (await ask(`${mediaOf(SERVICE_SID)}/${record.sid}`)).json()).toMatchObject({ sid: record.sid })
  })

  test.each([
    ['without a token', mediaOf(SERVICE_SID), { [TOKEN]: '' }, 401],
    ['with a token of nobody', mediaOf(SERVICE_SID), { [TOKEN]: 'x.y.z' }, 401],
    ['into another service', mediaOf(OTHER_SERVICE_SID), {}, 404],
    ['of no known kind', `${mediaOf(SERVICE_SID)}?Category=nothing`, {}, 400],
  ])('refuses a file %s', async (_, path, headers, status) => {
    const { ask } = await start()
    const sent = await ask(path, { method: 'POST', body: 'text', headers: { 'content-type': 'text/plain', ...headers } })
    expect([sent.status, await sent.json()]).toEqual([status, expect.objectContaining({ status, code: expect.any(Number) })])
  })

  test('shows nobody a file of somebody else, and says which of a set are not there', async () => {
    const { server, ask } = await start()
    const sent = await ask(mediaOf(SERVICE_SID), { method: 'POST', body: 'mine', headers: { 'content-type': 'text/plain' } })
    const { sid } = (await sent.json()) as { sid: string }
    const bob = { [TOKEN]: await server.token('bob') }
    for (const path of [`/${sid}`, `/ME${'0'.repeat(32)}`, '/nonsense']) {
      expect((await ask(mediaOf(SERVICE_SID) + path, { headers: bob })).status).toBe(404)
    }
    expect((await ask(`${mediaOf(SERVICE_SID)}/${sid}`, { headers: { [TOKEN]: '' } })).status).toBe(401)
    const list = [{ media_sid: sid }, { media_sid: 'nonsense' }]
    const set = await ask(`${mediaOf(SERVICE_SID)}Set`, {
      method: 'POST',
      body: JSON.stringify({ command: 'get', list }),
      headers: { 'content-type': 'application/json' },
    })
    expect(await set.json()).toEqual([
      { code: 200, media_record: expect.objectContaining({ sid }) },
      { code: 404, media_record: { sid: 'nonsense' } },
    ])
  })

  test('shows a back end the files of its account, as the vendor does, and those of no other', async () => {
    const { server, ask } = await start()
    const sent = await ask(mediaOf(SERVICE_SID), { method: 'POST', body: 'mine', headers: { 'content-type': 'text/plain' } })
    const { sid } = (await sent.json()) as { sid: string }
    const asBackEnd = (account: { sid: string; authToken: string }, authToken = account.authToken) =>
      fetch(`${server.url}${mediaOf(SERVICE_SID)}/${sid}`, {
        headers: { authorization: `Basic ${Buffer.from(`${account.sid}:${authToken}`).toString('base64')}` },
      })
    const shown = await asBackEnd(ACCOUNTS[0])
    const { author, links } = (await shown.json()) as { author: string; links: { content: string } }
    expect([shown.status, author, String(await bytesAt(links.content))]).toEqual([200, 'alice', 'mine'])
    expect((await asBackEnd(ACCOUNTS[1])).status).toBe(404)
    expect((await asBackEnd(ACCOUNTS[0], 'wrong')).status).toBe(401)
  })

  test.each([
    ['no object', 'null'],
    ['an array', '[]'],
    ['no list', '{"command":"get"}'],
    ['nothing in its list', '{"command":"get","list":[null]}'],
    ['no JSON', '{'],
    ['a list that is too long', JSON.stringify({ command: 'get', list: Array(500).fill({ media_sid: 'ME' }) })],
  ])('refuses a set of %s', async (_, body) => {
    const { ask } = await start()
    const headers = { 'content-type': 'application/json' }
    expect((await ask(`${mediaOf(SERVICE_SID)}Set`, { method: 'POST', body, headers })).status).toBe(400)
  })

  test('lets pages of other origins in, and of the allowed ones only where there are such', async () => {
    const open = await start()
    const preflight = { method: 'OPTIONS', headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' } }
    for (const path of ['', `/ME${'0'.repeat(32)}`, 'Set']) {
      const allowed = await open.ask(mediaOf(SERVICE_SID) + path, preflight)
      expect(allowed.status).toBe(204)
      expect(allowed.headers.get('access-control-allow-origin')).toBe('*')
      expect(allowed.headers.get('access-control-allow-headers')).toContain('X-Twilio-Token')
    }
    const listed = await start({ allowedOrigins: ['https://other.example'] })
    expect((await listed.ask(mediaOf(SERVICE_SID), preflight)).status).toBe(403)
  })
})

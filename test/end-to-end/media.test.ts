import { once } from 'node:events'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { openFileBlobs } from '@conversa/adapters/files'
import { MemoryBlobs } from '@conversa/adapters/memory'
import type { Media } from '@conversa/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dataFolder } from './data-folder.ts'
import { type InProcessServer, OTHER_SERVICE_SID, startInProcess } from './in-process-server.ts'
import { upload, uploaded, uploadText } from './media-client.ts'
import { RawClient } from './raw-client.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const HTML = '<!doctype html><script>alert(document.domain)</script>'
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

let server: InProcessServer
let blobs: MemoryBlobs
let alice: RawClient
let bob: RawClient
let token: string
let conversationSid: string

beforeAll(async () => {
  blobs = new MemoryBlobs()
  server = await startInProcess({ blobs })
  token = await server.token('alice')
  alice = await server.signIn('alice')
  bob = await server.signIn('bob')
  bob.onEvent = () => {}
  conversationSid = (await alice.ask({ type: 'conversation.create' })).conversation.sid
  for (const identity of ['alice', 'bob']) await alice.ask({ type: 'participant.add', conversationSid, identity })
})

afterAll(() => server[Symbol.asyncDispose]())

/** The code that an answer of the server carries, in the one shape of errors. */
async function errorOf(response: Response): Promise<{ status: number; code: number }> {
  const body = (await response.json()) as { code: number; status: number }
  expect(body).toEqual({
    code: expect.any(Number),
    message: expect.any(String),
    more_info: expect.any(String),
    status: response.status,
  })
  return { status: response.status, code: body.code }
}

/** Uploads, sends, and gives the address that Bob has of it. */
async function sent(...[body, input]: [Parameters<typeof upload>[2], Parameters<typeof upload>[3]?]): Promise<string> {
  const media = await uploaded(server.url, token, body, input)
  await alice.ask({ type: 'message.send', conversationSid, body: null, media: [media.sid] })
  return addressOf(media, bob)
}

async function addressOf({ sid }: Pick<Media, 'sid'>, reader: RawClient): Promise<string> {
  const { urls } = await reader.ask({ type: 'media.urls', sids: [sid] })
  return server.url + urls[0]?.url
}

describe('uploading', () => {
  test('the session says what a file may have', async () => {
    const client = await server.signIn('carol')
    const again = await RawClient.connect(server.url)
    const { media } = await again.start(token)
    expect(media).toEqual({ perMessage: 10, fileBytes: 150 * 1024 * 1024, messageBytes: 150 * 1024 * 1024 })
    await Promise.all([client.close(), again.close()])
  })

  test('answers the file as messages show it', async () => {
    const response = await upload(server.url, token, PNG, { contentType: 'image/png', filename: 'über 👍.png' })
    expect(response.status).toBe(201)
    expect(await response.json()).toEqual({
      sid: expect.stringMatching(/^ME[0-9a-f]{32}$/),
      contentType: 'image/png',
      size: PNG.length,
      filename: 'über 👍.png',
      category: 'media',
    })
  })

  test('takes a body without any header, an empty one, and each category', async () => {
    expect(await uploaded(server.url, token, PNG)).toMatchObject({ contentType: 'image/png', filename: null })
    expect(await uploaded(server.url, token, '', { contentType: 'text/plain' })).toMatchObject({ size: 0 })
    expect(await uploaded(server.url, token, null)).toMatchObject({ size: 0 })
    for (const category of ['media', 'body', 'history']) {
      expect(await uploadText(server.url, token, 'x', { category })).toMatchObject({ category })
    }
  })

  test('takes a stream of unknown length', async () => {
    async function* chunks() {
      for (let count = 0; count < 10; count++) yield new Uint8Array(10_000)
    }
    expect(await uploaded(server.url, token, chunks())).toMatchObject({ size: 100_000 })
  })

  test('takes a form with one file', async () => {
    const form = new FormData()
    form.append('comment', 'a picture')
    form.append('file', new Blob([PNG], { type: 'image/png' }), 'über.png')
    expect(await uploaded(server.url, token, form)).toMatchObject({
      contentType: 'image/png',
      size: PNG.length,
      filename: 'über.png',
    })
    form.append('another', new Blob(['x']), 'x.txt')
    expect(await errorOf(await upload(server.url, token, form))).toEqual({ status: 400, code: 20001 })
    const empty = new FormData()
    empty.append('comment', 'no picture')
    expect(await errorOf(await upload(server.url, token, empty))).toEqual({ status: 400, code: 20001 })
  })

  test.each(['multipart/form-data', 'multipart/form-data; boundary=', 'multipart/form-data; boundary=x'])(
    'refuses %s that is none (B23)',
    async (contentType) => {
      expect(await errorOf(await upload(server.url, token, 'hello', { contentType }))).toEqual({ status: 400, code: 20001 })
    },
  )

  test('is for who is signed in', async () => {
    const code = async (given: string) => (await errorOf(await upload(server.url, given, 'hello'))).code
    expect(await code('nonsense')).toBe(20101)
    expect(await code(await server.token('alice', undefined, -3600))).toBe(20104)
    expect(await code(await server.token('alice', `IS${'9'.repeat(32)}`))).toBe(51101)
    for (const authorization of ['', 'Bearer', `Basic ${btoa('a:b')}`, token]) {
      const response = await fetch(`${server.url}/v1/media`, { method: 'POST', headers: { authorization }, body: 'x' })
      expect(await errorOf(response)).toEqual({ status: 401, code: 20101 })
    }
    expect(await errorOf(await fetch(`${server.url}/v1/media`, { method: 'POST', body: 'x' }))).toEqual({
      status: 401,
      code: 20101,
    })
  })

  test.each([
    ['category=media&category=body', {}],
    ['category=other', {}],
    ['category=', {}],
    ['', { 'idempotency-key': '' }],
    ['', { 'idempotency-key': 'x'.repeat(65) }],
    ['', { 'idempotency-key': 'a b' }],
    ['', { 'idempotency-key': 'ä' }],
  ])('refuses %j %j', async (query, headers) => {
    const response = await fetch(`${server.url}/v1/media?${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, ...headers },
      body: 'x',
    })
    expect(await errorOf(response)).toEqual({ status: 400, code: 20001 })
  })

  test.each(['GET', 'PUT', 'DELETE', 'PATCH'])('by %s is nothing', async (method) => {
    const headers = { authorization: `Bearer ${token}` }
    expect(await errorOf(await fetch(`${server.url}/v1/media`, { method, headers }))).toEqual({ status: 404, code: 20404 })
  })
})

describe('an upload that is repeated', () => {
  test('with its key makes one file', async () => {
    const before = blobs.sids.length
    const first = await uploadText(server.url, token, 'once', { key: 'once' })
    expect(await uploadText(server.url, token, 'once', { key: 'once' })).toEqual(first)
    expect(blobs.sids.length).toBe(before + 1)
    expect(await errorOf(await upload(server.url, token, 'twice', { key: 'once' }))).toEqual({ status: 409, code: 20409 })
  })

  test('by several at once makes one file', async () => {
    const before = blobs.sids.length
    const all = await Promise.all(Array.from({ length: 10 }, () => uploadText(server.url, token, 'at once', { key: 'at-once' })))
    expect(new Set(all.map(({ sid }) => sid)).size).toBe(1)
    expect(blobs.sids.length).toBe(before + 1)
  })

  test('after it was cut makes one file', async () => {
    const before = blobs.sids.length
    const request = begin({ 'content-length': '1000', 'idempotency-key': 'cut' })
    request.write('x'.repeat(900))
    await underWay(1)
    request.destroy()
    const media = await uploadText(server.url, token, 'x'.repeat(1000), { key: 'cut' })
    expect(media.size).toBe(1000)
    await underWay(0)
    expect(blobs.sids.length).toBe(before + 1)
  })

  test('after it was sent answers the first one, and the message stays one', async () => {
    const media = await uploadText(server.url, token, 'sent', { key: 'sent' })
    const send = { type: 'message.send' as const, conversationSid, body: null, media: [media.sid], key: 'send-k' }
    const first = await alice.ask(send)
    expect(await uploadText(server.url, token, 'sent', { key: 'sent' })).toEqual(media)
    expect(await alice.ask(send)).toEqual(first)
    expect(await alice.refusal({ ...send, key: 'another' })).toMatchObject({ code: 50508, status: 400 })
  })
})

/** Begins an upload whose bytes the test sends by itself. */
function begin(headers: Record<string, string>, authorization = `Bearer ${token}`): ClientRequest {
  const request = httpRequest(`${server.url}/v1/media`, { method: 'POST', headers: { authorization, ...headers }, agent: false })
  request.on('error', () => {})
  request.flushHeaders()
  return request
}

/** Sends the beginning of an upload, every byte as it stands here. */
async function say(url: string, authorization: string, rest: string): Promise<Socket & { heard: string }> {
  const { hostname, port } = new URL(url)
  const socket = Object.assign(connect(Number(port), hostname), { heard: '' })
  socket.setEncoding('utf8').on('data', (text) => (socket.heard += text))
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(`POST /v1/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${authorization}\r\n${rest}`)
  return socket
}

/** Waits until so many uploads are under way. */
async function underWay(count: number, of = server): Promise<void> {
  const uploading = of.database.prepare("SELECT count(*) AS count FROM media WHERE state = 'uploading'")
  await expect.poll(() => uploading.get()?.count).toBe(count)
}

const bodyOf = async (response: IncomingMessage) => {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return text
}

describe('an upload that lies or ends (B34)', () => {
  test.each([0, 10, 20, 30, 40, 50, 60, 70, 80, 90])('aborted at %i %% leaves nothing', async (percent) => {
    const before = blobs.sids.length
    const aborted = await server.metric('conversa_media_uploads_total{outcome="aborted"}')
    const request = begin({ 'content-length': '1000000' })
    request.write(Buffer.alloc(percent * 10_000 + 1))
    await underWay(1)
    request.destroy()
    await underWay(0)
    expect(blobs.sids.length).toBe(before)
    await expect.poll(() => server.metric('conversa_media_uploads_total{outcome="aborted"}')).toBe(aborted + 1)
  })

  test('that announces more than it sends is aborted, and more than that is no HTTP', async () => {
    const before = blobs.sids.length
    const short = await say(server.url, token, 'Content-Length: 10\r\n\r\n12345')
    await underWay(1)
    short.end()
    await underWay(0)
    expect(blobs.sids.length).toBe(before)
    const long = await say(server.url, token, 'Content-Length: 5\r\n\r\n1234567890')
    await once(long, 'close')
    expect(long.heard).toMatch(/^HTTP\/1\.1 400 [\s\S]*\{"code":20001,/)
    await underWay(0)
    expect(blobs.sids.length - before).toBeLessThanOrEqual(1)
  })

  test('too large is refused at once when it says so, and at the limit when it does not', async () => {
    await using small = await startInProcess({ mediaLimits: { fileBytes: 100_000 } })
    const given = await small.token('alice')
    for (const body of [new Uint8Array(100_001), new Uint8Array(5_000_000)]) {
      expect(await errorOf(await upload(small.url, given, body))).toEqual({ status: 400, code: 50512 })
    }
    async function* endless() {
      for (;;) yield new Uint8Array(10_000)
    }
    const request = httpRequest(`${small.url}/v1/media`, { method: 'POST', headers: { authorization: `Bearer ${given}` } })
    request.on('error', () => {})
    const answered = once(request, 'response') as Promise<[IncomingMessage]>
    for await (const chunk of endless()) {
      if (!request.write(chunk)) await Promise.race([once(request, 'drain'), answered, once(request, 'close')])
      if (await Promise.race([answered.then(() => true), new Promise((resolve) => setImmediate(resolve, false))])) break
    }
    const [response] = await answered
    expect(JSON.parse(await bodyOf(response))).toMatchObject({ code: 50512, status: 400 })
    request.destroy()
    const form = new FormData()
    form.append('file', new Blob([new Uint8Array(100_001)]), 'x')
    expect(await errorOf(await upload(small.url, given, form))).toEqual({ status: 400, code: 50512 })
    const full = new FormData()
    full.append('file', new Blob([new Uint8Array(100_000)]), 'x')
    expect(await uploaded(small.url, given, full)).toMatchObject({ size: 100_000 })
    expect(await uploaded(small.url, given, new Uint8Array(100_000))).toMatchObject({ size: 100_000 })
    await underWay(0, small)
  })

  test('1,000 of one byte at once are all kept, and of one user only so many at a time', async () => {
    const before = blobs.sids.length
    const tokens = await Promise.all(Array.from({ length: 100 }, (_, at) => server.token(`many-${at}`)))
    const all = await Promise.all(Array.from({ length: 1000 }, (_, at) => upload(server.url, tokens[at % 100] as string, 'x')))
    const statuses = Map.groupBy(all, ({ status }) => status)
    expect(statuses.get(201)?.length).toBe(1000)
    const mine = await Promise.all(Array.from({ length: 200 }, () => upload(server.url, token, 'x')))
    const ends = Map.groupBy(mine, ({ status }) => status)
    const kept = ends.get(201)?.length ?? 0
    expect([...ends.keys()].every((status) => status === 201 || status === 429)).toBe(true)
    for (const refused of ends.get(429) ?? []) {
      expect(refused.headers.get('retry-after')).toBe('1')
      expect((await errorOf(refused)).code).toBe(20429)
    }
    expect(blobs.sids.length).toBe(before + 1000 + kept)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })

  test('the eleventh of one user that is under way is refused', async () => {
    const requests = Array.from({ length: 10 }, () => begin({ 'content-length': '10' }))
    for (const request of requests) request.write('12345')
    await underWay(10)
    expect(await errorOf(await upload(server.url, token, 'x'))).toEqual({ status: 429, code: 20429 })
    expect((await upload(server.url, await server.token('bob'), 'x')).status).toBe(201)
    for (const request of requests) request.destroy()
    await underWay(0)
    expect((await upload(server.url, token, 'x')).status).toBe(201)
  })

  test('a race for the last room has as many winners as there is room', async () => {
    await using small = await startInProcess({ mediaLimits: { pendingBytes: 1000, uploadsAtOnce: 1000 } })
    const given = await small.token('alice')
    const all = await Promise.all(Array.from({ length: 50 }, () => upload(small.url, given, 'x'.repeat(100))))
    expect(all.filter(({ status }) => status === 201)).toHaveLength(10)
    const refused = all.find(({ status }) => status !== 201) as Response
    expect(await errorOf(refused)).toEqual({ status: 429, code: 51302 })
    expect(small.database.prepare('SELECT sum(size) AS bytes FROM media').get()?.bytes).toBe(1000)
  })

  test('that stops is told so and leaves nothing', async () => {
    await using strict = await startInProcess({ uploadPace: { idle: 100, bytesPerSecond: 1, grace: 60_000 } })
    const socket = await say(strict.url, await strict.token('alice'), 'Content-Length: 10\r\n\r\n12345')
    await expect.poll(() => socket.heard).toContain('"status":408')
    expect(socket.heard).toContain('"code":51303')
    await underWay(0, strict)
    socket.destroy()
  })

  test.each([
    ['before anything was read', { authorization: 'Bearer nonsense' }, 20101],
    ['in the middle', {}, 50512],
    ['by its type', { 'content-type': 'nonsense' }, 50511],
    ['by the size of its form', { 'content-type': 'multipart/form-data; boundary=x' }, 50512],
  ])('of a client that is refused %s is read to its end, so that it sees why', async (_, headers, code) => {
    await using small = await startInProcess({ mediaLimits: { fileBytes: 1_000_000 } })
    const authorization = `Bearer ${await small.token('alice')}`
    const request = httpRequest(`${small.url}/v1/media`, { method: 'POST', headers: { authorization, ...headers } })
    request.on('error', () => {})
    const answered = once(request, 'response') as Promise<[IncomingMessage]>
    // More than the buffers on the way hold: it is sent only if it is read.
    for (let count = 0; count < 40; count++) request.write(Buffer.alloc(1_000_000))
    request.end()
    await once(request, 'finish')
    const [response] = await answered
    expect(JSON.parse(await bodyOf(response))).toMatchObject({ code })
    await underWay(0, small)
  })
})

describe('a message with files', () => {
  test('brings them to everybody, and a removed one takes them away', async () => {
    const media = await uploaded(server.url, token, PNG, { contentType: 'image/png', filename: 'a.png' })
    const { index } = await alice.ask({
      type: 'message.send',
      conversationSid,
      body: 'look',
      subject: 'a picture',
      media: [media.sid],
    })
    const { messages } = await bob.ask({ type: 'message.page', conversationSid, anchor: index, limit: 1 })
    expect(messages).toMatchObject([{ body: 'look', subject: 'a picture', media: [media] }])
    const address = await addressOf(media, bob)
    expect((await fetch(address)).status).toBe(200)
    await alice.ask({ type: 'message.remove', conversationSid, index })
    expect(await errorOf(await fetch(address))).toEqual({ status: 404, code: 20404 })
    expect(await bob.refusal({ type: 'media.urls', sids: [media.sid] })).toMatchObject({ code: 50507, status: 404 })
    await server.core.collectMedia()
    expect(blobs.sids).not.toContain(media.sid)
  })

  test('may have ten, each of them once, and each of them a file', async () => {
    const files = []
    for (let count = 0; count < 11; count++) files.push((await uploadText(server.url, token, `${count}`)).sid)
    const send = { type: 'message.send', conversationSid, body: null } as const
    expect(await alice.refusal({ ...send, media: files })).toMatchObject({ code: 51301, detail: { limit: 10 } })
    expect(await alice.refusal({ ...send, media: [files[0], files[0]] })).toMatchObject({ code: 50508 })
    expect(await alice.refusal({ ...send, media: [`ME${'0'.repeat(32)}`] })).toMatchObject({ code: 50507 })
    expect(await alice.refusal({ ...send, media: ['ME1'] })).toMatchObject({ code: 50510 })
    expect(await bob.refusal({ ...send, media: [files[0]] })).toMatchObject({ code: 50507 })
    expect(await alice.ask({ ...send, media: files.slice(1) })).toHaveProperty('index')
  })
})

describe('an address (B35)', () => {
  test('gives the file, with what keeps it from doing harm', async () => {
    const response = await fetch(await sent(PNG, { contentType: 'image/png', filename: 'ü.png' }))
    expect(Buffer.from(await response.arrayBuffer()).equals(PNG)).toBe(true)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(PNG.length),
      'content-disposition': 'inline; filename="_.png"; filename*=UTF-8\'\'%C3%BC.png',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cross-origin-resource-policy': 'cross-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': expect.stringMatching(/^private, max-age=\d+, immutable$/),
      etag: expect.stringMatching(/^"[\w-]{43}"$/),
    })
  })

  test('ends', async () => {
    let ahead = 0
    await using later = await startInProcess({ ahead: () => ahead })
    const media = await uploadText(later.url, await later.token('alice'))
    const client = await later.signIn('alice')
    const { urls } = await client.ask({ type: 'media.urls', sids: [media.sid] })
    const address = later.url + urls[0]?.url
    ahead = 10 * 60 * 1000 - 2000
    expect((await fetch(address)).status).toBe(200)
    ahead = 10 * 60 * 1000
    expect(await errorOf(await fetch(address))).toEqual({ status: 403, code: 20006 })
  })

  test('works by GET and HEAD alone', async () => {
    const address = await sent('hello')
    const head = await fetch(address, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '5', ''])
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      expect(await errorOf(await fetch(address, { method })), method).toEqual({ status: 404, code: 20404 })
    }
  })

  test.each<[string, (address: URL) => void]>([
    ['no signature', (address) => address.searchParams.delete('signature')],
    ['no expiry', (address) => address.searchParams.delete('expires')],
    ['no query', (address) => (address.search = '')],
    ['a later expiry', (address) => address.searchParams.set('expires', '9999999999')],
    ['two expiries', (address) => address.searchParams.append('expires', '9999999999')],
    ['another signature', (address) => address.searchParams.set('signature', 'A'.repeat(43))],
    ['another member', (address) => address.searchParams.set('member', `MB${'0'.repeat(32)}`)],
    ['no member', (address) => address.searchParams.delete('member')],
    ['another file', (address) => (address.pathname = `/v1/media/ME${'0'.repeat(32)}`)],
    ['no file', (address) => (address.pathname = '/v1/media/')],
    ['a file that is no SID', (address) => (address.pathname = '/v1/media/..%2f..%2fcredentials.json')],
    ['NUL', (address) => (address.pathname += '%00')],
    ['a long name', (address) => (address.pathname = `/v1/media/${'x'.repeat(2000)}`)],
  ])('with %s gives nothing, whether there is such a file or not', async (_, change) => {
    const address = new URL(await sent('hello'))
    change(address)
    const { status, code } = await errorOf(await fetch(address))
    expect([20001, 20006, 20404]).toContain(code)
    expect([400, 403, 404]).toContain(status)
  })

  test('dies with the membership of whom it was given to (G7)', async () => {
    const media = await uploadText(server.url, token)
    await alice.ask({ type: 'message.send', conversationSid, body: null, media: [media.sid] })
    await alice.ask({ type: 'participant.add', conversationSid, identity: 'carol' })
    const carol = await server.signIn('carol')
    const [hers, his] = [await addressOf(media, carol), await addressOf(media, bob)]
    expect((await fetch(hers)).status).toBe(200)
    await alice.ask({ type: 'participant.remove', conversationSid, participant: 'carol' })
    expect(await errorOf(await fetch(hers))).toEqual({ status: 404, code: 20404 })
    expect(await carol.refusal({ type: 'media.urls', sids: [media.sid] })).toMatchObject({ code: 50507 })
    expect((await fetch(his)).status).toBe(200)
  })

  test('is not given to another tenant, who learns nothing of the file', async () => {
    const media = await uploadText(server.url, token)
    const mallory = await server.signIn('alice', OTHER_SERVICE_SID)
    const refusal = async (sid: string) =>
      JSON.stringify(await mallory.refusal({ type: 'media.urls', sids: [sid] })).replaceAll(sid, '')
    expect(await refusal(media.sid)).toBe(await refusal(`ME${'0'.repeat(32)}`))
    const { conversation } = await mallory.ask({ type: 'conversation.create' })
    await mallory.ask({ type: 'participant.add', conversationSid: conversation.sid, identity: 'alice' })
    const stolen = { type: 'message.send', conversationSid: conversation.sid, body: null, media: [media.sid] }
    expect(await mallory.refusal(stolen)).toMatchObject({ code: 50507 })
    await using other = await startInProcess()
    const { pathname, search } = new URL(await addressOf(media, alice))
    expect((await fetch(other.url + pathname + search)).status).toBe(404)
  })
})

describe('a part of a file (B24)', () => {
  let address: string
  beforeAll(async () => {
    address = await sent('0123456789', { contentType: 'text/plain' })
  })
  const ask = async (headers: Record<string, string>, method = 'GET') => {
    const response = await fetch(address, { headers, method })
    const [range, length] = ['content-range', 'content-length'].map((name) => response.headers.get(name))
    return { status: response.status, range, length, text: await response.text() }
  }

  test.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=9-99', '9', 'bytes 9-9/10'],
  ])('%s', async (range, text, expected) => {
    expect(await ask({ range })).toEqual({ status: 206, range: expected, length: String(text.length), text })
    expect(await ask({ range }, 'HEAD')).toEqual({ status: 206, range: expected, length: String(text.length), text: '' })
  })

  test.each(['bytes=0-1,3-4', `bytes=${'0-,'.repeat(1000)}0-`, 'bytes=5-1', 'items=0-1', 'bytes=x'])(
    '%.40s gets all of it',
    async (range) => {
      expect(await ask({ range })).toEqual({ status: 200, range: null, length: '10', text: '0123456789' })
    },
  )

  test('behind the end is refused with the size', async () => {
    for (const range of ['bytes=10-', 'bytes=-0']) {
      const answer = await ask({ range })
      expect(answer).toMatchObject({ status: 416, range: 'bytes */10' })
      expect(JSON.parse(answer.text)).toMatchObject({ code: 51304, status: 416 })
    }
  })

  test('is given of the same file only, when the asker says which', async () => {
    const etag = (await fetch(address)).headers.get('etag') as string
    expect(await ask({ range: 'bytes=0-1', 'if-range': etag })).toMatchObject({ status: 206 })
    expect(await ask({ range: 'bytes=0-1', 'if-range': '"other"' })).toMatchObject({ status: 200 })
    expect(await ask({ range: 'bytes=0-1', 'if-range': 'Wed, 21 Oct 2015 07:28:00 GMT' })).toMatchObject({ status: 200 })
  })

  test('and all of it is not given to who has it', async () => {
    const etag = (await fetch(address)).headers.get('etag') as string
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      expect(await ask({ 'if-none-match': known })).toMatchObject({ status: 304, text: '' })
    }
    for (const known of ['"other"', '', '"', etag.slice(0, -1), '"a",'.repeat(3000)]) {
      expect(await ask({ 'if-none-match': known })).toMatchObject({ status: 200 })
    }
  })
})

describe('a hostile file', () => {
  test.each([
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\boot.ini', 'boot.ini'],
    ['C:\\fakepath\\a.png', 'a.png'],
    ['a\0b.png', 'ab.png'],
    ['a\r\nX-Evil: 1.png', 'aX-Evil: 1.png'],
    ['invoice\u202egnp.exe', 'invoicegnp.exe'],
    [`${'漢'.repeat(200)}.png`, `${'漢'.repeat(83)}.png`],
    ['"; filename="b.exe', '"; filename="b.exe'],
    ['..', null],
  ])('named %.30j is known by our key, and its name is harmless (B30)', async (filename, expected) => {
    const media = await uploaded(server.url, token, PNG, { filename })
    expect(media.filename).toBe(expected)
    expect(blobs.sids).toContain(media.sid)
    const response = await fetch(await addressOf(media, alice))
    expect(response.headers.get('x-evil')).toBeNull()
    expect(response.headers.get('content-disposition')).toMatch(/^inline(?:; filename="[^"\\]*"; filename\*=UTF-8''[\w.%~!-]*)?$/)
  })

  test.each<[string, string, string | Buffer, string, string]>([
    ['HTML', 'text/html', HTML, 'text/html', 'attachment'],
    ['HTML as image/png', 'image/png', HTML, 'application/octet-stream', 'attachment'],
    ['HTML as text/plain', 'text/plain', HTML, 'text/plain', 'inline'],
    ['HTML of no type', 'application/octet-stream', HTML, 'application/octet-stream', 'attachment'],
    ['SVG with a script', 'image/svg+xml', SVG, 'image/svg+xml', 'attachment'],
    ['SVG as image/png', 'image/png', SVG, 'application/octet-stream', 'attachment'],
    ['XHTML', 'application/xhtml+xml', HTML, 'application/xhtml+xml', 'attachment'],
    ['a script', 'text/javascript', 'alert(1)', 'application/octet-stream', 'attachment'],
    ['PDF', 'application/pdf', '%PDF-1.7\n', 'application/pdf', 'attachment'],
    ['a picture that is a page too', 'image/gif', 'GIF89a/*<script>*/=1', 'image/gif', 'inline'],
    ['a picture that says it is a page', 'text/html', PNG, 'image/png', 'inline'],
    ['a type with a parameter', 'text/html; x="<>"', HTML, 'text/html', 'attachment'],
  ])('%s is not run (B31)', async (_, contentType, content, type, disposition) => {
    const response = await fetch(await sent(content, { contentType }))
    const [givenType, givenDisposition] = ['content-type', 'content-disposition'].map((name) => response.headers.get(name))
    expect([givenType, givenDisposition]).toEqual([type, disposition])
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'")
  })

  test.each(['', 'image', 'text/html\t<x>', '/', '*/*, text/html'])('of the type %j is refused', async (contentType) => {
    expect(await errorOf(await upload(server.url, token, HTML, { contentType }))).toEqual({ status: 400, code: 50511 })
  })

  test('leaves neither its name nor its content in the log', async () => {
    await uploaded(server.url, token, 'MARKER-content', { filename: 'MARKER-name.txt', key: 'MARKER-key' })
    await upload(server.url, token, 'MARKER-content', { filename: 'MARKER-name.txt', contentType: 'multipart/form-data' })
    expect(server.logged.join()).not.toContain('MARKER')
  })
})

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

describe('files on disk', () => {
  test('come back byte for byte, parts too, and go with their messages', async () => {
    await using folder = await dataFolder()
    await using onDisk = await startInProcess({ blobs: await openFileBlobs(folder.path) })
    const given = await onDisk.token('alice')
    const client = await onDisk.signIn('alice')
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7919) % 256))
    const media = await uploaded(onDisk.url, given, content)
    const { urls } = await client.ask({ type: 'media.urls', sids: [media.sid] })
    const address = onDisk.url + urls[0]?.url
    expect(Buffer.from(await (await fetch(address)).arrayBuffer()).equals(content)).toBe(true)
    const part = await fetch(address, { headers: { range: 'bytes=100000-250000' } })
    expect(Buffer.from(await part.arrayBuffer()).equals(content.subarray(100_000, 250_001))).toBe(true)
    // A reader that goes away holds nothing.
    for (let count = 0; count < 20; count++) {
      const gone = await fetch(address)
      await gone.body?.cancel()
    }
    expect((await fetch(address)).status).toBe(200)
  })

  test('counts what comes in and goes out', async () => {
    await using counted = await startInProcess()
    const given = await counted.token('alice')
    const client = await counted.signIn('alice')
    const media = await uploadText(counted.url, given, 'hello')
    await upload(counted.url, 'nonsense', 'x')
    const { urls } = await client.ask({ type: 'media.urls', sids: [media.sid] })
    await (await fetch(counted.url + urls[0]?.url, { headers: { range: 'bytes=0-1' } })).text()
    expect(await counted.metric('conversa_media_uploads_total{outcome="ok"}')).toBe(1)
    expect(await counted.metric('conversa_media_uploads_total{outcome="refused"}')).toBe(1)
    expect(await counted.metric('conversa_media_received_bytes_total')).toBe(5)
    expect(await counted.metric('conversa_media_downloads_total')).toBe(1)
    expect(await counted.metric('conversa_media_sent_bytes_total')).toBe(2)
  })
})

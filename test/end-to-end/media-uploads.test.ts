import { afterAll, describe, expect, test } from 'vitest'
import { upload, uploaded, uploadText } from './media-client.ts'
import { errorOf, mediaStage, PNG } from './media-stage.ts'
import { RawClient } from './raw-client.ts'

const { server, blobs, alice, token, conversationSid, begin, underWay } = await mediaStage()
afterAll(() => server[Symbol.asyncDispose]())

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

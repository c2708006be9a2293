import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OTHER_SERVICE_SID, startInProcess } from './in-process-server.ts'
import { uploaded, uploadText } from './media-client.ts'
import { errorOf, mediaStage, PNG } from './media-stage.ts'

const { server, blobs, alice, bob, token, conversationSid, addressOf, sent } = await mediaStage()
afterAll(() => server[Symbol.asyncDispose]())

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

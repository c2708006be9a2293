import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterAll, describe, expect, test } from 'vitest'
import { startInProcess } from './in-process-server.ts'
import { upload, uploaded } from './media-client.ts'
import { errorOf, mediaStage } from './media-stage.ts'

const { server, blobs, token, begin, underWay } = await mediaStage()
afterAll(() => server[Symbol.asyncDispose]())

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

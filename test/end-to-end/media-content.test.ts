import { openFileBlobs } from '@conversa/adapters/files'
import { afterAll, describe, expect, test } from 'vitest'
import { dataFolder } from './data-folder.ts'
import { startInProcess } from './in-process-server.ts'
import { upload, uploaded, uploadText } from './media-client.ts'
import { errorOf, mediaStage, PNG } from './media-stage.ts'

const HTML = '<!doctype html><script>alert(document.domain)</script>'
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

const { server, blobs, alice, token, addressOf, sent } = await mediaStage()
afterAll(() => server[Symbol.asyncDispose]())

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

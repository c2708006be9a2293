import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dispositionOf, servedType, settleContentType } from './content-type.ts'

const text = (content: string) => new TextEncoder().encode(content)
const bytes = (...start: (number | string)[]) =>
  Buffer.concat([
    ...start.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from([part]))),
    Buffer.alloc(64),
  ])

const png = bytes('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0', '\x90wS\xde', '\0\0\0\x0cIDAT')
const gif = bytes('GIF89a')
const jpeg = bytes(0xff, 0xd8, 0xff, 0xe0, '\0\x10JFIF\0')
const mp4 = bytes('\0\0\0\x18ftypisom\0\0\x02\0isomiso2')
const webm = bytes('\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm')
const ogg = bytes('OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead')
const wav = bytes('RIFF\x24\0\0\0WAVEfmt ')
const pdf = text('%PDF-1.4\n1 0 obj\n')
const exe = bytes('MZ\x90\0\x03\0\0\0\x04\0')
const zip = bytes('PK\x03\x04\x14\0\0\0\x08\0')
const html = text('<!doctype html><script>alert(1)</script>')
const svg = text('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
const unknown = bytes(0x07, 0x01, 0x02)

describe('what a file is', () => {
  test.each([
    ['image/png', png, 'image/png'],
    ['IMAGE/PNG ', png, 'image/png'],
    ['image/jpeg', jpeg, 'image/jpeg'],
    ['image/jpg', jpeg, 'image/jpg'],
    ['image/gif', gif, 'image/gif'],
    ['video/mp4', mp4, 'video/mp4'],
    ['audio/mp4', mp4, 'audio/mp4'],
    ['video/webm', webm, 'video/webm'],
    ['audio/webm', webm, 'audio/webm'],
    ['audio/webm;codecs=opus', webm, 'audio/webm'],
    ['audio/ogg', ogg, 'audio/ogg'],
    ['audio/wav', wav, 'audio/wav'],
    ['application/pdf', pdf, 'application/pdf'],
    ['text/plain', text('hello'), 'text/plain'],
    ['text/plain;charset=UTF-8', text('hällo'), 'text/plain; charset=utf-8'],
    ['text/plain; charset=utf-16le', Buffer.from('\ufeffhello', 'utf16le'), 'text/plain; charset=utf-16le'],
    // Their first letters are the signatures of other things.
    ['text/plain', text('BMW builds cars'), 'text/plain'],
    ['text/csv', text('BM,1,2\n'), 'text/csv'],
    ['text/plain', text('ID3 is a format'), 'text/plain'],
    ['text/plain', html, 'text/plain'],
    ['text/html', html, 'text/html'],
    ['image/svg+xml', svg, 'image/svg+xml'],
    [
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      zip,
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
    ['application/x-mine', unknown, 'application/x-mine'],
    ['application/x-mine', zip, 'application/x-mine'],
    ['', text('hello'), 'application/octet-stream'],
    [undefined, png, 'image/png'],
    [undefined, unknown, 'application/octet-stream'],
    ['application/octet-stream', jpeg, 'image/jpeg'],
    ['application/octet-stream', zip, 'application/zip'],
    ['image/png', new Uint8Array(), 'application/octet-stream'],
    ['text/plain', new Uint8Array(), 'text/plain'],
  ])('%s', async (declared, head, expected) => {
    expect(await settleContentType(declared, head)).toBe(expected)
  })

  test.each([
    ['HTML as a picture', 'image/png', html, 'application/octet-stream'],
    ['SVG as a picture', 'image/png', svg, 'application/xml'],
    ['a page as a picture by another name', 'image/jpg', html, 'application/octet-stream'],
    ['a program as a picture', 'image/jpeg', exe, 'application/x-msdownload'],
    ['a program as a text', 'text/plain', exe, 'application/x-msdownload'],
    ['one picture as another', 'image/png', gif, 'image/gif'],
    ['a picture as a page', 'text/html', png, 'image/png'],
    ['a page as sound', 'audio/mpeg', html, 'application/octet-stream'],
    ['bytes as a text', 'text/plain', unknown, 'application/octet-stream'],
    ['PDF as a video', 'video/mp4', pdf, 'application/pdf'],
  ])('%s is what its bytes say', async (_, declared, head, expected) => {
    expect(await settleContentType(declared, head)).toBe(expected)
  })

  test.each([
    ['a picture and a page', 'image/gif', bytes('GIF89a/*<html><script>alert(1)</script>*/'), 'image/gif'],
    ['a picture and a script', 'text/javascript', bytes('GIF89a=1;alert(1);'), 'image/gif'],
    ['a text and a page', 'text/html', text('%PDF-1.4 <script>alert(1)</script>'), 'text/html'],
  ])('of two things at once (%s) it is one, and is given out as that', async (_, declared, head, expected) => {
    const settled = await settleContentType(declared, head)
    expect(settled).toBe(expected)
    expect(dispositionOf(settled) === 'inline').toBe(settled.startsWith('image/'))
  })

  test.each(['image', '/', 'a/b/c', 'text/html\r\nx: y', 'text/ html', 'x'.repeat(300), 'a/b\0', 'ü/ä'])(
    '%j is no declaration',
    async (declared) => {
      expect(await settleContentType(declared, png)).toBe('image/png')
    },
  )

  test('nothing is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(4_000_000))
    for (const before of ['', '\xef\xbb\xbf', 'ID3\x03\0\0\0\0\0\0']) {
      const head = Buffer.concat([Buffer.from(before, 'latin1'), bomb]).subarray(0, 4100)
      const memory = process.memoryUsage().arrayBuffers
      await settleContentType('application/gzip', head)
      expect(process.memoryUsage().arrayBuffers - memory).toBeLessThan(1_000_000)
    }
  })

  test('whatever the bytes: an answer, soon', async () => {
    const starts = [
      [],
      [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, 0xa6, 0xd9],
      [...mp4.subarray(0, 12)],
      [...webm.subarray(0, 8)],
    ]
    const begun = [...ogg.subarray(0, 4)]
    const signatures = [
      ...starts,
      begun,
      [...png.subarray(0, 8)],
      [0x49, 0x49, 0x2a, 0],
      [0x4d, 0x4d, 0, 0x2a],
      [0x52, 0x49, 0x46, 0x46],
    ]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...signatures), fc.uint8Array({ maxLength: 600 }), async (start, rest) => {
        const settled = await settleContentType(undefined, Uint8Array.from([...start, ...rest]))
        expect(settled).toMatch(/^[a-z]+\/[a-z0-9.+-]+$/)
      }),
      { numRuns: 1500 },
    )
  })
})

describe('how it is given out', () => {
  test.each([
    'text/html',
    'text/html; charset=utf-8',
    'application/xhtml+xml',
    'image/svg+xml',
    'text/xml',
    'application/xml',
    'text/javascript',
    'application/javascript',
    'text/css',
    'application/pdf',
    'application/octet-stream',
    'application/x-shockwave-flash',
    'application/zip',
    'text/vbscript',
    'multipart/mixed',
    'message/rfc822',
    'image/x-unheard-of',
  ])('%s is saved', (contentType) => {
    expect(dispositionOf(contentType)).toBe('attachment')
  })

  test.each([
    'image/png',
    'image/jpg',
    'image/webp',
    'audio/x-wav',
    'audio/mpeg',
    'video/mp4',
    'text/plain',
    'text/plain; charset=utf-8',
  ])('%s is shown', (contentType) => {
    expect(dispositionOf(contentType)).toBe('inline')
    expect(servedType(contentType)).toBe(contentType)
  })

  test.each([
    'text/javascript',
    'application/x-javascript',
    'application/ecmascript',
    'text/jscript',
    'text/livescript',
    'text/css',
  ])('%s is given out as bytes, so that no page runs it by its address', (contentType) => {
    expect(servedType(contentType)).toBe('application/octet-stream')
  })
})

import { describe, expect, test } from 'vitest'
import { BadBody, BodyTooLarge, FORM_OVERHEAD_BYTES, openBody } from './media-body.ts'

const LIMIT = 1000

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** A form as a browser sends it. */
async function form(fields: FormData): Promise<{ type: string; bytes: Uint8Array }> {
  const response = new Response(fields)
  return { type: response.headers.get('content-type') ?? '', bytes: new Uint8Array(await response.arrayBuffer()) }
}

function withFile(content: string | Uint8Array<ArrayBuffer>, name = 'a.png', type = 'image/png'): FormData {
  const fields = new FormData()
  fields.append('file', new Blob([content], { type }), name)
  return fields
}

/** Opens a body and reads the file in it. */
async function read(type: string | undefined, bytes: Uint8Array, size = 7) {
  const part = await openBody(type === undefined ? {} : { 'content-type': type }, chunked(bytes, size), LIMIT)
  let content = ''
  try {
    for await (const chunk of part.content) content += Buffer.from(chunk).toString('latin1')
  } finally {
    part.close()
  }
  return { filename: part.filename, contentType: part.contentType, content }
}

const readForm = async (fields: FormData, size?: number) => {
  const { type, bytes } = await form(fields)
  return read(type, bytes, size)
}

describe('a body', () => {
  test('is the file when it is no form', async () => {
    const headers = { 'content-type': 'image/png', 'content-disposition': "attachment; filename*=UTF-8''%C3%BC.png" }
    const part = await openBody(headers, chunked(Buffer.from('hello'), 2), LIMIT)
    expect(part).toMatchObject({ filename: 'ü.png', contentType: 'image/png' })
    expect(await read(undefined, Buffer.from('hello'))).toEqual({ filename: undefined, contentType: undefined, content: 'hello' })
  })
})

describe('a form', () => {
  test.each([1, 2, 7, 64, 100_000])('has a file, in chunks of %i', async (size) => {
    expect(await readForm(withFile('hello\r\n--not the end\r\n'), size)).toEqual({
      filename: 'a.png',
      contentType: 'image/png',
      content: 'hello\r\n--not the end\r\n',
    })
  })

  test('may have an empty file, a name of any letters, and fields around it', async () => {
    expect(await readForm(withFile('', 'über 👍.png'))).toMatchObject({ content: '', filename: 'über 👍.png' })
    const fields = new FormData()
    fields.append('before', 'text')
    fields.append('file', new Blob(['x']), '../../a.png')
    fields.append('after', 'text')
    expect(await readForm(fields)).toEqual({ filename: 'a.png', contentType: 'application/octet-stream', content: 'x' })
  })

  test('without a file is refused', async () => {
    const fields = new FormData()
    fields.append('text', 'hello')
    await expect(readForm(fields)).rejects.toThrow(new BadBody('it has no file'))
  })

  test('with two files is refused, also when the second one comes last', async () => {
    const fields = withFile('one')
    fields.append('other', new Blob(['two']), 'b.png')
    for (const size of [3, 100_000]) await expect(readForm(fields, size)).rejects.toThrow(BadBody)
  })

  test('that ends too early is refused, wherever it ends', async () => {
    const { type, bytes } = await form(withFile('hello'))
    // The line break after the last boundary need not come.
    for (let end = 0; end < bytes.length - 4; end++)
      await expect(read(type, bytes.subarray(0, end)), `${end}`).rejects.toThrow(BadBody)
  })

  test.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary="',
    'multipart/form-data; boundary=other',
  ])('as %s is refused', async (type) => {
    const { bytes } = await form(withFile('hello'))
    await expect(read(type, bytes)).rejects.toThrow(BadBody)
  })

  test('that is too large is refused before its end', async () => {
    const { type, bytes } = await form(withFile('x'.repeat(LIMIT + FORM_OVERHEAD_BYTES)))
    await expect(read(type, bytes, 1000)).rejects.toThrow(BodyTooLarge)
    const field = new FormData()
    field.append('text', 'x'.repeat(LIMIT + FORM_OVERHEAD_BYTES))
    const large = await form(field)
    await expect(read(large.type, large.bytes, 1000)).rejects.toThrow(BodyTooLarge)
  })

  test.each(['before the file', 'within the file'])('whose sender goes away %s says so', async (where) => {
    const { type, bytes } = await form(withFile('x'.repeat(500)))
    async function* broken() {
      yield bytes.subarray(0, where === 'before the file' ? 20 : 300)
      throw new RangeError('gone')
    }
    const reading = openBody({ 'content-type': type }, broken(), LIMIT).then(async ({ content }) => {
      for await (const _ of content) {
        // Until it breaks.
      }
    })
    await expect(reading).rejects.toThrow(new RangeError('gone'))
  })

  test('that nobody wants any more lets its bytes go', async () => {
    const { type, bytes } = await form(withFile('x'.repeat(500)))
    const { promise: released, resolve } = Promise.withResolvers<void>()
    async function* endless() {
      try {
        yield bytes.subarray(0, 300)
        for (;;) yield Buffer.from('x')
      } finally {
        resolve()
      }
    }
    const part = await openBody({ 'content-type': type }, endless(), LIMIT)
    part.close()
    await released
  })
})

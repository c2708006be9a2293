import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import busboy from 'busboy'
import { readFilename } from './content-disposition.ts'

/** A file in the body of a request. */
export interface FilePart {
  readonly filename: string | undefined
  readonly contentType: string | undefined
  readonly content: AsyncIterable<Uint8Array>
  /** Lets go of what holds the body; does nothing when the content was read to its end. */
  close(): void
}

/** A body that is not a form with one file. */
export class BadBody extends Error {}

/** A form that is larger than the file in it may be. */
export class BodyTooLarge extends Error {}

/** What a form may have around its file. */
export const FORM_OVERHEAD_BYTES = 64 * 1024

const FORM_LIMITS = { files: 1, fields: 20, parts: 40, fieldNameSize: 256, fieldSize: 4096, headerPairs: 40 }

/**
 * Finds the file in a body: in a form (`multipart/form-data`) its one file part, else the body itself.
 *
 * @param bytes of the body, as they come
 * @param limit bytes that a file may have
 * @throws BadBody when a form has no file, and what `bytes` throws
 */
export async function openBody(headers: IncomingHttpHeaders, bytes: AsyncIterable<Uint8Array>, limit: number): Promise<FilePart> {
  if (isForm(headers)) return openForm(headers, bytes, limit + FORM_OVERHEAD_BYTES)
  const filename = readFilename(headers['content-disposition'])
  return { filename, contentType: headers['content-type'], content: bytes, close: () => {} }
}

/** Whether a body is a form. */
export function isForm(headers: IncomingHttpHeaders): boolean {
  return /^multipart\/form-data\b/i.test(headers['content-type'] ?? '')
}

function openForm(headers: IncomingHttpHeaders, bytes: AsyncIterable<Uint8Array>, limit: number): Promise<FilePart> {
  const { promise, resolve, reject } = Promise.withResolvers<FilePart>()
  const parser = parserFor(headers)
  let cause: unknown
  const broken = (error: unknown) => {
    cause ??= error
    reject(cause)
  }
  const source = Readable.from(guarded(bytes, limit, broken))
  const whole = pipeline(source, parser)
  whole.then(() => reject(new BadBody('it has no file')), broken)
  parser.on('error', () => broken(new BadBody('it is malformed')))
  parser.on('filesLimit', () => parser.destroy(new BadBody('it has more than one file')))
  parser.once('file', (_field, stream, { filename, mimeType }) => {
    stream.on('error', () => {})
    const content = fileOf(stream, whole, () => cause)
    resolve({ filename, contentType: mimeType, content, close: () => parser.destroy() })
  })
  return promise
}

function parserFor(headers: IncomingHttpHeaders): busboy.Busboy {
  try {
    return busboy({ headers, defParamCharset: 'utf8', limits: FORM_LIMITS })
  } catch {
    throw new BadBody('its header is malformed')
  }
}

/** The file, which ends only when the form after it does: a second file or a missing end is found out in time. */
async function* fileOf(stream: Readable, whole: Promise<void>, cause: () => unknown): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk
    await whole
  } catch (error) {
    throw cause() ?? error
  }
}

async function* guarded(
  bytes: AsyncIterable<Uint8Array>,
  limit: number,
  broken: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  let passed = 0
  try {
    for await (const chunk of bytes) {
      passed += chunk.length
      if (passed > limit) throw new BodyTooLarge()
      yield chunk
    }
  } catch (error) {
    broken(error)
    throw error
  }
}

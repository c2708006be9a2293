import { requireThat } from './arguments.ts'
import { failure } from './errors.ts'

/** What a file is for: an attachment, or the text or the history of an e-mail. */
export type MediaCategory = 'media' | 'body' | 'history'

/** Content that is not text. */
export interface SendMediaOptions {
  contentType: string | null
  /** A text is sent as UTF-8; a Buffer is an ArrayBufferView. */
  media: string | Blob | ArrayBuffer | ArrayBufferView | null
  filename?: string
}

/** A file as it is uploaded. */
export interface MediaContent {
  readonly blob: Blob
  readonly contentType: string
  readonly filename: string | null
  readonly category: MediaCategory
}

/** What a header can carry: with anything else, no request would ever leave. */
const SENDABLE_TYPE = /^[ -~]*$/
const UNKNOWN_TYPE = 'application/octet-stream'

/**
 * The files that an application gives.
 *
 * @param given one file, or a form with files; what else is in a form is not sent
 * @returns the files, in their order; at least one
 * @throws ConversaError when there is none
 */
export function mediaContents(given: FormData | SendMediaOptions, category: MediaCategory = 'media'): MediaContent[] {
  const contents = isForm(given) ? filesOf(given) : [contentOf(given)]
  requireThat(contents.length > 0, 'media')
  return contents.map((content) => ({ ...content, category }))
}

/** Whether something is a form, of this realm or another one. */
export function isForm(given: unknown): given is FormData {
  return typeof (given as Partial<FormData> | null)?.getAll === 'function'
}

function filesOf(form: FormData): Omit<MediaContent, 'category'>[] {
  const files: Omit<MediaContent, 'category'>[] = []
  form.forEach((value) => {
    if (typeof value !== 'string') files.push({ blob: value, contentType: value.type || UNKNOWN_TYPE, filename: value.name })
  })
  return files
}

function contentOf(given: SendMediaOptions): Omit<MediaContent, 'category'> {
  const { contentType, media, filename } = given ?? {}
  const isContent =
    typeof media === 'string' || media instanceof Blob || media instanceof ArrayBuffer || ArrayBuffer.isView(media)
  const isNamed = (filename ?? null) === null || typeof filename === 'string'
  requireThat(isContent && isNamed && (!contentType || typeof contentType === 'string'), 'media')
  if (!SENDABLE_TYPE.test(contentType ?? '')) throw failure('mediaTypeInvalid')
  const blob = media instanceof Blob ? media : new Blob([media as string | ArrayBuffer])
  const name = filename ?? (media as Partial<File>).name ?? null
  return { blob, contentType: contentType || blob.type || UNKNOWN_TYPE, filename: name }
}

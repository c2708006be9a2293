import type { Media } from '@conversa/protocol'

/** What `fetch` takes as a body. */
export type Body = NonNullable<RequestInit['body']> | AsyncIterable<Uint8Array>

/** What an upload says besides its content. */
export interface UploadInput {
  readonly contentType?: string
  readonly filename?: string
  readonly key?: string
  readonly category?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Uploads bytes the way that our SDK does. */
export function upload(
  url: string,
  token: string,
  body: Body | null,
  { contentType, filename, key, category, headers }: UploadInput = {},
): Promise<Response> {
  return fetch(`${url}/v1/media${category === undefined ? '' : `?category=${category}`}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      ...(contentType !== undefined && { 'content-type': contentType }),
      ...(filename !== undefined && { 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(filename)}` }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...headers,
    },
    body: body as RequestInit['body'],
    duplex: 'half',
  } as RequestInit)
}

/** Uploads bytes and gives the file. @throws when it is refused */
export async function uploaded(...input: Parameters<typeof upload>): Promise<Media> {
  const response = await upload(...input)
  if (response.status !== 201) throw new Error(`the upload was refused: ${response.status} ${await response.text()}`)
  return (await response.json()) as Media
}

/** Uploads a small text. */
export function uploadText(url: string, token: string, text = 'hello', input: UploadInput = {}): Promise<Media> {
  return uploaded(url, token, text, { contentType: 'text/plain', filename: 'hello.txt', ...input })
}

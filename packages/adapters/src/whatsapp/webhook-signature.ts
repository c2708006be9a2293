import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

const PREFIX = 'sha256='

/** Whether the app's secret signed these bytes, as `X-Hub-Signature-256` says. Takes as long whatever is wrong with it. */
export function isSigned(secret: string, body: Uint8Array, header: unknown): boolean {
  if (typeof header !== 'string' || !header.startsWith(PREFIX)) return false
  const given = Buffer.from(header.slice(PREFIX.length), 'hex')
  const right = createHmac('sha256', secret).update(body).digest()
  return given.length === right.length && timingSafeEqual(given, right)
}

/** Whether two secrets are the same, without telling how much of them is. */
export function isSameSecret(given: string | null, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given ?? ''), digest(right)) && given !== null
}

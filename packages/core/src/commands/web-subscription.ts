/** What a browser calls itself: where pushes for it go, and what they are encrypted with (RFC 8030, RFC 8291). */
export interface WebSubscription {
  readonly endpoint: URL
  /** Its public key: 65 bytes in base64url. */
  readonly p256dh: string
  /** A secret that it shares with us: 16 bytes in base64url. */
  readonly auth: string
}

const POINT = /^B[\w-]{86}$/
const SECRET = /^[\w-]{22}$/

/**
 * Reads a registration of channel `web`: the JSON of the browser's `PushSubscription`.
 *
 * @returns undefined when it is none
 */
export function readWebSubscription(registrationId: string): WebSubscription | undefined {
  const { endpoint, keys } = parsed(registrationId)
  const { p256dh, auth } = (keys ?? {}) as { readonly p256dh?: unknown; readonly auth?: unknown }
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint)) return undefined
  const url = new URL(endpoint)
  if (!['https:', 'http:'].includes(url.protocol) || url.username !== '' || url.password !== '') return undefined
  if (typeof p256dh !== 'string' || !POINT.test(p256dh) || typeof auth !== 'string' || !SECRET.test(auth)) return undefined
  return { endpoint: url, p256dh, auth }
}

function parsed(text: string): { readonly endpoint?: unknown; readonly keys?: unknown } {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}

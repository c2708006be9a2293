import { createHmac, timingSafeEqual } from 'node:crypto'
import type { ChannelRequest } from '@conversa/core'

/*
 * Standard Webhooks (https://www.standardwebhooks.com): who called, when, and that nobody changed it on the way.
 */

/** Seconds by which two clocks may differ, and for which a call may be on its way. */
export const TOLERANCE = 300
/** A secret that begins so is bytes, written in base64. */
const BYTES = 'whsec_'
const VERSION = 'v1,'

export interface SignedHead {
  readonly id: string
  /** Since 1970. */
  readonly seconds: number
}

/** The headers that sign a body. */
export function signedHeaders(secret: string, { id, seconds }: SignedHead, body: string | Uint8Array): Record<string, string> {
  const signature = VERSION + signatureOf(secret, { id, seconds }, body).toString('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signature }
}

/**
 * Checks who signed a request, and when.
 *
 * @param now milliseconds since 1970
 * @returns what was signed; undefined when it was not signed with the secret, or not within the last minutes
 */
export function verified(
  secret: string,
  { headers, body }: Pick<ChannelRequest, 'headers' | 'body'>,
  now: number,
): SignedHead | undefined {
  const [id, at, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => headers[name])
  if (typeof id !== 'string' || id === '' || typeof at !== 'string' || typeof signatures !== 'string') return undefined
  if (!/^\d{1,12}$/.test(at) || Math.abs(Number(at) - now / 1000) > TOLERANCE) return undefined
  const head = { id, seconds: Number(at) }
  const right = signatureOf(secret, head, body)
  const isRight = signatures.split(' ').some((each) => isSame(each, right))
  return isRight ? head : undefined
}

function isSame(signature: string, right: Buffer): boolean {
  if (!signature.startsWith(VERSION)) return false
  const bytes = Buffer.from(signature.slice(VERSION.length), 'base64')
  return bytes.length === right.length && timingSafeEqual(bytes, right)
}

function signatureOf(secret: string, { id, seconds }: SignedHead, body: string | Uint8Array): Buffer {
  const key = secret.startsWith(BYTES) ? Buffer.from(secret.slice(BYTES.length), 'base64') : secret
  return createHmac('sha256', key).update(`${id}.${seconds}.`).update(body).digest()
}

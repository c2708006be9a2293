import { createHmac } from 'node:crypto'

/**
 * The signature of a request as the vendor computes it (rest-and-semantics 2.5): over the address as it is sent and the fields of
 * the body, sorted by their code units.
 *
 * @param authToken the account's
 * @param url the whole address, with the query
 * @param fields of the form in the body; none when there is no body
 * @returns the value of `X-Twilio-Signature`
 */
export function vendorSignature(authToken: string, url: string, fields: Readonly<Record<string, string>>): string {
  const sorted = Object.keys(fields).sort()
  const signed = url + sorted.map((name) => name + fields[name]).join('')
  return createHmac('sha1', authToken).update(signed, 'utf8').digest('base64')
}

/**
 * The headers of Standard Webhooks. The key is the account's auth token.
 *
 * @param seconds since 1970, of this try
 */
export function standardHeaders(authToken: string, id: string, seconds: number, body: string): Record<string, string> {
  const signature = createHmac('sha256', authToken).update(`${id}.${seconds}.${body}`, 'utf8').digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` }
}

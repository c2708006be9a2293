import { type PushAnswer, type PushRequest, readWebSubscription } from '@conversa/core'
import { type Post, type Posted, post } from './http-request.ts'
import { ARRIVED, denied, GONE, LATER, later, refused } from './push-answer.ts'
import { dataPayload } from './push-payload.ts'
import type { PushSenderOptions } from './push-sender.ts'
import { Vapid } from './vapid.ts'
import { encryptPush, LARGEST_TEXT } from './web-push-encryption.ts'

/** Seconds that a browser's service keeps a push for a browser that is away. */
const KEPT = 24 * 60 * 60
/** Bytes that `{"data":…}` adds. */
const AROUND = 9

/** Pushes to browsers: encrypted, and signed by the keys that they subscribed with (RFC 8030, 8291, 8292). */
export class WebPush {
  readonly #options: PushSenderOptions
  readonly #vapid: Vapid

  constructor(options: PushSenderOptions) {
    this.#options = options
    this.#vapid = new Vapid(options.subject, options.now)
  }

  async send(request: PushRequest): Promise<PushAnswer> {
    const { now, isAllowed } = this.#options
    const subscription = readWebSubscription(request.registrationId)
    // Nothing ever arrives there.
    if (!subscription || !(isAllowed?.(subscription.endpoint) ?? true)) return GONE
    const prepared = await this.#prepare(request, subscription)
    if ('outcome' in prepared) return prepared
    try {
      return answerOf(await post(prepared), now())
    } catch {
      return LATER
    }
  }

  async #prepare(
    { secret, notice }: PushRequest,
    { endpoint, p256dh, auth }: NonNullable<ReturnType<typeof readWebSubscription>>,
  ): Promise<Post | PushAnswer> {
    if (secret.type !== 'web') return denied('the credential is not one for browsers')
    const text = Buffer.from(JSON.stringify({ data: dataPayload(notice, LARGEST_TEXT - AROUND) }))
    let body: Buffer
    try {
      body = encryptPush(text, { p256dh, auth })
    } catch {
      return GONE
    }
    const headers = {
      authorization: await this.#vapid.header(secret, endpoint),
      'content-encoding': 'aes128gcm',
      'content-type': 'application/octet-stream',
      ttl: String(KEPT),
      urgency: notice.type === 'new_message' ? 'high' : 'normal',
      // A later push takes the place of one that waits, per conversation: 32 characters at most (RFC 8030, 5.4).
      topic: notice.conversationSid.slice(-32),
    }
    const { deadline, lookup } = this.#options
    return { url: endpoint, headers, body, deadline, lookup }
  }
}

function answerOf({ status, headers }: Posted, now: number): PushAnswer {
  if (status >= 200 && status < 300) return ARRIVED
  if (status === 404 || status === 410) return GONE
  if (status === 401 || status === 403) return denied(`status ${status}`)
  if (status === 408 || status === 429 || status >= 500) return later(headers['retry-after'], now)
  return refused(`status ${status}`)
}

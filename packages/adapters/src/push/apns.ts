import { createHash } from 'node:crypto'
import type { PushAnswer, PushRequest } from '@conversa/core'
import { type AppleAnswer, AppleConnection } from './apns-connection.ts'
import { type AppleCredential, AppleTokens, readAppleCredential } from './apns-credential.ts'
import { ARRIVED, denied, GONE, jsonObject, LATER, later, refused } from './push-answer.ts'
import { applePayload } from './push-payload.ts'
import type { PushSenderOptions } from './push-sender.ts'

/** Seconds that Apple keeps a push for a device that is away. */
const KEPT = 24 * 60 * 60

/** What says that the device is not registered; anything else at these statuses is about us. */
const DEAD = ['Unregistered', 'ExpiredToken', 'BadDeviceToken']
/** What says that a credential belongs to another application, or that its token is to be made anew. */
const FOREIGN = ['DeviceTokenNotForTopic', 'TopicDisallowed', 'BadTopic', 'MissingTopic']

/** Pushes to Apple's devices over HTTP/2. Every credential has its own connection, as Apple wants it. */
export class Apns {
  readonly #options: PushSenderOptions
  readonly #tokens: AppleTokens
  readonly #connections = new Map<string, AppleConnection>()

  constructor(options: PushSenderOptions) {
    this.#options = options
    this.#tokens = new AppleTokens(options.now)
  }

  async send(request: PushRequest): Promise<PushAnswer> {
    const { secret } = request
    const credential = secret.type === 'apn' ? readAppleCredential(secret) : undefined
    if (secret.type !== 'apn' || !credential) return denied('the certificate is neither one nor what names a key')
    const headers = await this.#headers(request, credential)
    if (!headers) return denied('the private key is none')
    const path = `/3/device/${encodeURIComponent(request.registrationId)}`
    const { deadline, now } = this.#options
    try {
      const connection = this.#connection(credential, secret.sandbox)
      const answer = await connection.post(path, headers, JSON.stringify(applePayload(request.notice)), deadline)
      // The token was withdrawn before its end; the next try has a new one.
      if (answer.status === 403) this.#tokens.forget(credential)
      return answerOf(answer, now())
    } catch {
      return LATER
    }
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close()
    this.#connections.clear()
  }

  async #headers({ id, notice }: PushRequest, credential: AppleCredential): Promise<Record<string, string> | undefined> {
    const headers = {
      'apns-topic': credential.topic,
      'apns-push-type': 'alert',
      'apns-priority': '10',
      'apns-expiration': String(Math.floor(this.#options.now() / 1000) + KEPT),
      'apns-collapse-id': notice.conversationSid,
      'apns-id': uuidOf(id),
    }
    if (credential.kind === 'certificate') return headers
    try {
      return { ...headers, authorization: `bearer ${await this.#tokens.of(credential)}` }
    } catch {
      return undefined
    }
  }

  #connection(credential: AppleCredential, isSandbox: boolean): AppleConnection {
    const url = isSandbox ? this.#options.appleSandboxUrl : this.#options.appleUrl
    const name = `${credential.name} ${url}`
    const known = this.#connections.get(name)
    if (known) return known
    const own = credential.kind === 'certificate' ? { cert: credential.certificate, key: credential.privateKey } : {}
    const { certificateAuthority: ca } = this.#options
    const made = new AppleConnection(new URL(url), { ...own, ...(ca !== undefined && { ca }) })
    this.#connections.set(name, made)
    return made
  }
}

function answerOf({ status, headers, body }: AppleAnswer, now: number): PushAnswer {
  if (status === 200) return ARRIVED
  const reason = String(jsonObject(body).reason ?? `status ${status}`)
  if (DEAD.includes(reason) || status === 410) return GONE
  if (status === 403 || FOREIGN.includes(reason)) return denied(reason)
  if (status === 429 || status >= 500) return later(headers['retry-after'], now)
  return refused(reason)
}

/** Apple wants a UUID; every try has the same. */
function uuidOf(id: string): string {
  const digits = createHash('sha256').update(id).digest('hex')
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20, 32)].join('-')
}

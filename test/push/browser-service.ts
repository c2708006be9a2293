import { createDecipheriv, createECDH, type ECDH, hkdfSync, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { importJWK, jwtVerify } from 'jose'
import { expect, vi } from 'vitest'
import { type Answer, type AtEnd, answerWith, bodyOf, listening } from './listening.ts'

/** A push as the browser sees it. */
export interface BrowserPush {
  readonly to: string
  readonly data: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  /** Bytes on the wire. */
  readonly size: number
}

/** A browser that subscribed. */
interface Subscriber {
  readonly keys: ECDH
  readonly auth: Buffer
  /** The only server that may push to it; any when it did not say. */
  readonly serverKey: string | undefined
}

/** A push service of browsers, on this machine: it checks who pushes, and decrypts as the browser would. */
export class BrowserService {
  readonly origin: string
  readonly pushes: BrowserPush[] = []
  /** What was wrong with requests that came. */
  readonly problems: string[] = []
  /** Decides what is answered to a push that is right. */
  answer: (push: BrowserPush) => Answer = () => ({ status: 201 })
  readonly #subscribers = new Map<string, Subscriber>()

  private constructor(origin: string) {
    this.origin = origin
  }

  /** Begins to listen. @param atEnd the end of the test unless it is given */
  static async begin(atEnd?: AtEnd): Promise<BrowserService> {
    const open: { service?: BrowserService } = {}
    const server = createServer(async (request, response) => {
      const answer = (await open.service?.take(request)) ?? 'hang'
      answerWith(answer, request, response)
    })
    open.service = new BrowserService(`http://127.0.0.1:${await listening(server, atEnd)}`)
    return open.service
  }

  /** A browser of this name. @param serverKey of the only server that may push to it @returns what it registers with */
  subscribe(name: string, serverKey?: string): string {
    const keys = createECDH('prime256v1')
    keys.generateKeys()
    const auth = randomBytes(16)
    const named = { p256dh: keys.getPublicKey('base64url'), auth: auth.toString('base64url') }
    this.#subscribers.set(name, { keys, auth, serverKey })
    return JSON.stringify({ endpoint: `${this.origin}/push/${name}`, expirationTime: null, keys: named })
  }

  /** Waits until so many have come in. */
  async has(count: number): Promise<readonly BrowserPush[]> {
    await vi.waitFor(() => expect(this.pushes.length).toBeGreaterThanOrEqual(count), { timeout: 20_000, interval: 5 })
    expect(this.problems).toEqual([])
    return this.pushes
  }

  /** What browsers were shown. */
  get bodies(): (string | undefined)[] {
    return this.pushes.map(({ data }) => data.twi_body)
  }

  private async take(request: IncomingMessage): Promise<Answer> {
    const body = await bodyOf(request)
    const name = (request.url ?? '').replace('/push/', '')
    const subscriber = this.#subscribers.get(name)
    if (!subscriber) return { status: 404 }
    try {
      await this.#identify(request, subscriber)
      const text = decrypted(body, subscriber)
      const push = { to: name, ...JSON.parse(text), headers: request.headers as Record<string, string>, size: body.length }
      const answer = this.answer(push)
      if (typeof answer === 'object' && answer.status < 300) this.pushes.push(push)
      return answer
    } catch (error) {
      this.problems.push(String(error))
      return { status: 403 }
    }
  }

  /** The signature is over this service, in time, by the key that is named (RFC 8292). */
  async #identify({ headers }: IncomingMessage, { serverKey = '' }: Subscriber): Promise<void> {
    const [, token = '', key = ''] = /^vapid t=([^,]+), ?k=(\S+)$/.exec(headers.authorization ?? '') ?? []
    if (serverKey && key !== serverKey) throw new Error('another server pushes')
    const point = Buffer.from(key, 'base64url')
    const x = point.subarray(1, 33).toString('base64url')
    const y = point.subarray(33).toString('base64url')
    const { payload } = await jwtVerify(token, await importJWK({ kty: 'EC', crv: 'P-256', x, y }, 'ES256'), {
      audience: this.origin,
      algorithms: ['ES256'],
    })
    if (!payload.sub || !payload.exp || payload.exp > Date.now() / 1000 + 86_400) throw new Error('the claims are wrong')
    if (headers['content-encoding'] !== 'aes128gcm' || !headers.ttl) throw new Error('the headers are wrong')
  }
}

/** Decrypts as a browser does (RFC 8291). */
function decrypted(body: Buffer, { keys, auth }: Subscriber): string {
  const salt = body.subarray(0, 16)
  const length = body.readUInt8(20)
  const sender = body.subarray(21, 21 + length)
  const record = body.subarray(21 + length)
  const hkdf = (secret: Uint8Array, from: Buffer, info: Buffer, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secret, from, info, bytes))
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), sender])
  const input = hkdf(keys.computeSecret(sender), auth, info, 32)
  const key = hkdf(input, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16)
  const nonce = hkdf(input, salt, Buffer.from('Content-Encoding: nonce\0'), 12)
  const decipher = createDecipheriv('aes-128-gcm', key, nonce)
  decipher.setAuthTag(record.subarray(-16))
  const text = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()])
  const end = text.lastIndexOf(2)
  return text.subarray(0, end).toString('utf8')
}

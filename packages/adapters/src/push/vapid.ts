import { createECDH } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'
import { BoundedMap } from '../bounded-map.ts'

/** Seconds that a signature is for; a service takes a day at most (RFC 8292, 2). */
const LIFE = 12 * 60 * 60
/** Signatures that are kept. */
const KNOWN = 1000

/** Keys by which browsers' push services know a server: a point and a number of P-256, in base64url. */
export interface VapidKeys {
  readonly publicKey: string
  readonly privateKey: string
}

/** Makes new keys. */
export function makeVapidKeys(): VapidKeys {
  const keys = createECDH('prime256v1')
  keys.generateKeys()
  // A number that begins with zeros would come out shorter.
  const number = keys.getPrivateKey('hex').padStart(64, '0')
  return { publicKey: keys.getPublicKey('base64url'), privateKey: Buffer.from(number, 'hex').toString('base64url') }
}

/** Says who we are to browsers' push services, once per service and half of the time that it is good for. */
export class Vapid {
  readonly #subject: string
  readonly #now: () => number
  /** Whoever registers names a service, so there may be any number. */
  readonly #known = new BoundedMap<string, { readonly text: string; readonly until: number }>(KNOWN)

  /** @param subject how whoever runs a push service reaches us: `mailto:` or `https:` */
  constructor(subject: string, now: () => number) {
    this.#subject = subject
    this.#now = now
  }

  /** The header `Authorization` for an endpoint. @throws when the keys are none */
  async header({ publicKey, privateKey }: VapidKeys, { origin }: URL): Promise<string> {
    const name = `${publicKey} ${origin}`
    const now = Math.floor(this.#now() / 1000)
    const known = this.#known.get(name)
    if (known && known.until > now) return known.text
    const key = await importJWK({ kty: 'EC', crv: 'P-256', ...coordinates(publicKey), d: privateKey }, 'ES256')
    const token = await new SignJWT({ aud: origin, exp: now + LIFE, sub: this.#subject })
      .setProtectedHeader({ typ: 'JWT', alg: 'ES256' })
      .sign(key)
    const text = `vapid t=${token}, k=${publicKey}`
    this.#known.set(name, { text, until: now + LIFE / 2 })
    return text
  }
}

function coordinates(publicKey: string): { x: string; y: string } {
  const point = Buffer.from(publicKey, 'base64url')
  return { x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') }
}

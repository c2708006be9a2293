import { createHash, X509Certificate } from 'node:crypto'
import type { PushSecret } from '@conversa/core'
import { importPKCS8, SignJWT } from 'jose'
import { jsonObject } from './push-answer.ts'

/** Milliseconds that a token is used; Apple takes it between 20 and 60 minutes, and dislikes more than one per 20. */
const LIFE = 45 * 60 * 1000

/** What Apple knows a server by. */
export type AppleCredential = {
  /** Tells credentials apart. */
  readonly name: string
  /** The application's bundle. */
  readonly topic: string
} & (
  | { readonly kind: 'token'; readonly keyId: string; readonly teamId: string; readonly privateKey: string }
  | { readonly kind: 'certificate'; readonly certificate: string; readonly privateKey: string }
)

/**
 * Reads the two texts of a credential: either a certificate of TLS with its key, or the key of a team (`.p8`), where in place of a
 * certificate stands the JSON `{"keyId", "teamId", "topic"}`.
 *
 * @returns undefined when they are neither
 */
export function readAppleCredential({ certificate, privateKey }: PushSecret & { type: 'apn' }): AppleCredential | undefined {
  const name = createHash('sha256').update(`${certificate}\n${privateKey}`).digest('hex')
  if (certificate.includes('-----BEGIN')) {
    const topic = topicOf(certificate)
    return topic === undefined ? undefined : { name, kind: 'certificate', topic, certificate, privateKey }
  }
  const { keyId, teamId, topic } = jsonObject(certificate)
  if (typeof keyId !== 'string' || typeof teamId !== 'string' || typeof topic !== 'string') return undefined
  return { name, kind: 'token', keyId, teamId, topic, privateKey }
}

/** A certificate names the application as the user id of its subject. */
function topicOf(certificate: string): string | undefined {
  try {
    return /^(?:UID|userId)=(.+)$/m.exec(new X509Certificate(certificate).subject)?.[1]
  } catch {
    return undefined
  }
}

/** The tokens of teams, each used for most of the time that it is good for. */
export class AppleTokens {
  readonly #now: () => number
  /** Promises, so that whoever asks at the same time has the same. */
  readonly #held = new Map<string, { readonly token: Promise<string>; readonly until: number }>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** @throws when the key is none */
  of(credential: AppleCredential & { kind: 'token' }): Promise<string> {
    const now = this.#now()
    const held = this.#held.get(credential.name)
    if (held && held.until > now) return held.token
    const token = signed(credential, now)
    this.#held.set(credential.name, { token, until: now + LIFE })
    return token
  }

  /** Forgets a token that was not taken. */
  forget({ name }: AppleCredential): void {
    this.#held.delete(name)
  }
}

async function signed({ keyId, teamId, privateKey }: AppleCredential & { kind: 'token' }, now: number): Promise<string> {
  const key = await importPKCS8(privateKey, 'ES256')
  const claims = { iss: teamId, iat: Math.floor(now / 1000) }
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: keyId }).sign(key)
}

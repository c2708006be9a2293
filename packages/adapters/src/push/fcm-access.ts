import { importPKCS8, SignJWT } from 'jose'
import { post } from './http-request.ts'
import { jsonObject } from './push-answer.ts'

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging'
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
/** Seconds that we ask for, and that a token is renewed before its end. */
const LIFE = 3600
const MARGIN = 300

/** What Firebase knows a server by: the service account's file that its console gives. */
export interface ServiceAccount {
  readonly projectId: string
  readonly email: string
  readonly privateKey: string
}

/** Reads that file. @returns undefined when it is none */
export function readServiceAccount(text: string): ServiceAccount | undefined {
  const { project_id: projectId, client_email: email, private_key: privateKey } = jsonObject(text)
  const isWhole = [projectId, email, privateKey].every((each) => typeof each === 'string' && each !== '')
  return isWhole ? ({ projectId, email, privateKey } as ServiceAccount) : undefined
}

/** An access token, or why there is none: for now, or as long as the credential is this one. */
export type Access =
  | { readonly token: string }
  | { readonly problem: 'unreachable' }
  | { readonly problem: 'denied'; readonly reason: string }

interface Held {
  readonly token: string
  readonly until: number
}

/** Access tokens of service accounts: asked for once and held until they end. */
export class FcmAccess {
  readonly #tokenUrl: URL
  readonly #now: () => number
  readonly #deadline: number
  readonly #held = new Map<string, Held>()
  readonly #asking = new Map<string, Promise<Access>>()

  constructor(options: { readonly tokenUrl: URL; readonly now: () => number; readonly deadline: number }) {
    this.#tokenUrl = options.tokenUrl
    this.#now = options.now
    this.#deadline = options.deadline
  }

  async of(account: ServiceAccount): Promise<Access> {
    const name = account.email + account.privateKey
    const held = this.#held.get(name)
    if (held && held.until > this.#now()) return held
    const asking = this.#asking.get(name) ?? this.#ask(account, name).finally(() => this.#asking.delete(name))
    this.#asking.set(name, asking)
    return asking
  }

  /** Forgets a token that was not taken. */
  forget({ email, privateKey }: ServiceAccount): void {
    this.#held.delete(email + privateKey)
  }

  async #ask(account: ServiceAccount, name: string): Promise<Access> {
    const assertion = await this.#assertion(account)
    if (assertion === undefined) return { problem: 'denied', reason: 'the private key is none' }
    const body = new URLSearchParams({ grant_type: GRANT, assertion }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    try {
      const answer = await post({ url: this.#tokenUrl, headers, body, deadline: this.#deadline })
      const { access_token: token, expires_in: seconds, error } = jsonObject(answer.body)
      if (answer.status >= 500 || answer.status === 429) return { problem: 'unreachable' }
      if (typeof token !== 'string') return { problem: 'denied', reason: `no access token: ${error ?? answer.status}` }
      const life = (typeof seconds === 'number' ? seconds : LIFE) - MARGIN
      const held = { token, until: this.#now() + life * 1000 }
      this.#held.set(name, held)
      return held
    } catch {
      return { problem: 'unreachable' }
    }
  }

  async #assertion({ email, privateKey }: ServiceAccount): Promise<string | undefined> {
    const now = Math.floor(this.#now() / 1000)
    try {
      const key = await importPKCS8(privateKey, 'RS256')
      return await new SignJWT({ iss: email, scope: SCOPE, aud: this.#tokenUrl.href, iat: now, exp: now + LIFE })
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
        .sign(key)
    } catch {
      return undefined
    }
  }
}

import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { decodeJwt, jwtVerify } from 'jose'
import { type Answer, answerWith, bodyOf, listening } from './listening.ts'

/** A message as Firebase takes it. */
export interface FirebaseMessage {
  readonly token: string
  readonly data: Readonly<Record<string, string>>
  readonly android: Readonly<Record<string, string>>
}

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

/** Firebase and what gives access to it, on this machine: they check signatures and tokens. */
export class FirebaseService {
  readonly origin: string
  readonly messages: FirebaseMessage[] = []
  /** Access tokens that were given. */
  tokensGiven = 0
  /** Decides what is answered to a message that is right. */
  answer: (message: FirebaseMessage) => Answer = () => ({ status: 200, body: '{"name":"projects/chat/messages/1"}' })
  #valid = ''

  private constructor(origin: string) {
    this.origin = origin
  }

  /** Begins to listen; ends with the test. */
  static async begin(): Promise<FirebaseService> {
    const open: { service?: FirebaseService } = {}
    const server = createServer(async (request, response) => {
      const answer = (await open.service?.take(request)) ?? 'hang'
      answerWith(answer, request, response)
    })
    open.service = new FirebaseService(`http://127.0.0.1:${await listening(server)}`)
    return open.service
  }

  /** The file of its service account, as the console gives it. */
  get serviceAccount(): string {
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
    return JSON.stringify({ type: 'service_account', project_id: 'chat', client_email: 'push@chat.example', private_key: pem })
  }

  /** Takes no token that was given up to now. */
  withdraw(): void {
    this.#valid = 'none'
  }

  private async take(request: IncomingMessage): Promise<Answer> {
    const body = (await bodyOf(request)).toString('utf8')
    if (request.url === '/token') return this.#token(new URLSearchParams(body))
    if (request.headers.authorization !== `Bearer ${this.#valid}`) return { status: 401, body: error('UNAUTHENTICATED') }
    if (request.url !== '/v1/projects/chat/messages:send') return { status: 404, body: error('NOT_FOUND') }
    const { message } = JSON.parse(body) as { message: FirebaseMessage }
    const answer = this.answer(message)
    if (typeof answer === 'object' && answer.status === 200) this.messages.push(message)
    return answer
  }

  async #token(form: URLSearchParams): Promise<Answer> {
    const assertion = form.get('assertion') ?? ''
    try {
      await jwtVerify(assertion, publicKey, { audience: `${this.origin}/token`, issuer: 'push@chat.example' })
    } catch {
      return { status: 400, body: '{"error":"invalid_grant"}' }
    }
    if (!String(decodeJwt(assertion).scope).endsWith('/auth/firebase.messaging')) return { status: 400, body: '{}' }
    this.tokensGiven++
    this.#valid = `token ${this.tokensGiven}`
    return { status: 200, body: JSON.stringify({ access_token: this.#valid, expires_in: 3599, token_type: 'Bearer' }) }
  }
}

/** An error as Firebase words it. */
export function error(status: string, details: readonly object[] = []): string {
  return JSON.stringify({ error: { code: 400, message: 'no', status, details } })
}

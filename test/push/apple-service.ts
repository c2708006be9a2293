import { generateKeyPairSync } from 'node:crypto'
import {
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { jwtVerify } from 'jose'
import { type Answer, bodyOf, listening } from './listening.ts'

/** A push as Apple takes it. */
export interface ApplePush {
  readonly device: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly headers: IncomingHttpHeaders
}

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** Apple's push service over HTTP/2, on this machine: it checks the tokens of the team. */
export class AppleService {
  readonly origin: string
  readonly pushes: ApplePush[] = []
  /** Tokens of the team that came, each once. */
  readonly tokens = new Set<string>()
  readonly connections: ServerHttp2Session[] = []
  /** Decides what is answered to a push that is right. */
  answer: (push: ApplePush) => Answer = () => ({ status: 200 })

  readonly #knowsByCertificate: boolean

  private constructor(origin: string, knowsByCertificate: boolean) {
    this.origin = origin
    this.#knowsByCertificate = knowsByCertificate
  }

  /** Begins to listen; ends with the test. @param tls takes applications by their certificates, in place of tokens */
  static async begin(tls?: { readonly key: string; readonly cert: string; readonly ca: string }): Promise<AppleService> {
    const open: { service?: AppleService } = {}
    const server = tls ? createSecureServer({ ...tls, requestCert: true, rejectUnauthorized: true }) : createServer()
    server.on('session', (session) => void open.service?.connections.push(session))
    server.on('stream', (stream, headers) => void open.service?.take(stream, headers))
    open.service = new AppleService(`${tls ? 'https' : 'http'}://127.0.0.1:${await listening(server)}`, tls !== undefined)
    return open.service
  }

  /** What an operator enters: the names of key, team and application, and the key. */
  get credential(): { readonly certificate: string; readonly privateKey: string } {
    return {
      certificate: JSON.stringify({ keyId: 'KEY1234567', teamId: 'TEAM123456', topic: 'org.example.chat' }),
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    }
  }

  private async take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    stream.on('error', () => {})
    const payload = JSON.parse((await bodyOf(stream)).toString('utf8'))
    const problem = await this.#check(headers)
    const push = { device: String(headers[':path']).replace('/3/device/', ''), payload, headers }
    const answer: Answer = problem ? { status: 403, body: reason(problem) } : this.answer(push)
    if (answer === 'hang') return
    if (answer === 'reset') {
      stream.session?.destroy()
      return
    }
    if (answer.status === 200) this.pushes.push(push)
    stream.respond({ ':status': answer.status, ...(answer.retryAfter !== undefined && { 'retry-after': answer.retryAfter }) })
    stream.end(answer.body)
  }

  async #check({ authorization = '', ...headers }: IncomingHttpHeaders): Promise<string | undefined> {
    const token = authorization.replace(/^bearer /, '')
    if (token) this.tokens.add(token)
    try {
      if (this.#knowsByCertificate) return token === '' ? undefined : 'InvalidProviderToken'
      const { protectedHeader } = await jwtVerify(token, publicKey, { issuer: 'TEAM123456', maxTokenAge: '1h' })
      if (protectedHeader.kid !== 'KEY1234567') return 'InvalidProviderToken'
    } catch {
      return 'InvalidProviderToken'
    }
    return headers['apns-topic'] === 'org.example.chat' ? undefined : 'BadTopic'
  }
}

/** An error as Apple words it. */
export function reason(name: string): string {
  return JSON.stringify({ reason: name })
}

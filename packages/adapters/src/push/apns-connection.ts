import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2'

/** Milliseconds after which a connection that nobody uses is closed. */
const IDLE = 5 * 60 * 1000

const { HTTP2_HEADER_STATUS, NGHTTP2_CANCEL } = constants

/** What was answered. */
export interface AppleAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** One connection of HTTP/2 to Apple, made when it is needed and anew when it broke. */
export class AppleConnection {
  readonly #url: URL
  readonly #options: SecureClientSessionOptions
  #session: ClientHttp2Session | undefined

  constructor(url: URL, options: SecureClientSessionOptions) {
    this.#url = url
    this.#options = options
  }

  /**
   * @param deadline milliseconds in which it has to be answered
   * @throws when there was no answer, or not in time
   */
  post(path: string, headers: Readonly<Record<string, string>>, body: string, deadline: number): Promise<AppleAnswer> {
    const session = this.#open()
    return new Promise((resolve, reject) => {
      const stream = session.request({ ':method': 'POST', ':path': path, ...headers })
      let answered: IncomingHttpHeaders = {}
      const chunks: Buffer[] = []
      stream.on('response', (found) => {
        answered = found
      })
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const status = Number(answered[HTTP2_HEADER_STATUS] ?? 0)
        if (status > 0) resolve({ status, headers: answered, body: Buffer.concat(chunks).toString('utf8') })
      })
      stream.on('error', reject)
      stream.on('close', () => reject(new Error('unable to push: the stream was closed without an answer')))
      stream.setTimeout(deadline, () => {
        stream.close(NGHTTP2_CANCEL)
        // A connection that gives no answer may be dead without saying so.
        this.#drop(session)
      })
      stream.end(body)
    })
  }

  close(): void {
    this.#session?.destroy()
    this.#session = undefined
  }

  #open(): ClientHttp2Session {
    if (this.#session) return this.#session
    const session = connect(this.#url, this.#options)
    const gone = () => this.#drop(session)
    session.on('error', gone)
    session.on('close', gone)
    session.on('goaway', gone)
    session.setTimeout(IDLE, gone)
    session.unref()
    this.#session = session
    return session
  }

  /** The next push has a new one; what is under way on this one ends there. */
  #drop(session: ClientHttp2Session): void {
    if (this.#session === session) this.#session = undefined
    if (!session.closed && !session.destroyed) session.close()
  }
}

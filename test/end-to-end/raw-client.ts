import type { ErrorBody, Event, Notice, Request, RequestType, Result } from '@conversa/protocol'
import { type ClientOptions, WebSocket } from 'ws'

/** How a connection ended. */
export interface Closing {
  readonly code: number
  readonly reason: string
}

/** A frame of the server as it came in. */
export interface RawFrame {
  readonly reply?: number | null
  readonly result?: Record<string, unknown>
  readonly error?: ErrorBody
  readonly event?: Event
  readonly notice?: Notice
}

/** A request that the server refused. */
export class Refused extends Error {
  readonly body: ErrorBody

  constructor(body: ErrorBody) {
    super(`refused with ${body.code}: ${body.message}`)
    this.body = body
  }
}

/** A request that was not answered before the connection ended: whether it was carried out is unknown. */
class Unanswered extends Error {
  readonly closing: Closing

  constructor(closing: Closing) {
    super(`the connection ended with ${closing.code} before the answer`)
    this.closing = closing
  }
}

interface Waiting {
  readonly matches: (frame: RawFrame) => boolean
  readonly resolve: (frame: RawFrame) => void
  readonly reject: (error: Error) => void
}

/** A client of our socket that knows the protocol and nothing of the SDK. */
export class RawClient {
  readonly socket: WebSocket
  /** Settles when the connection is gone, however it went. */
  readonly closed: Promise<Closing>
  /** Takes every event at its arrival; without it, events are kept for `next`. */
  onEvent: ((event: Event) => void) | undefined
  readonly #unread: RawFrame[] = []
  readonly #answers = new Map<number, Pick<Waiting, 'resolve' | 'reject'>>()
  readonly #waiting = new Set<Waiting>()
  #nextId = 1
  #closing: Closing | undefined

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => this.#take(String(data)))
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        this.#closing = { code, reason: String(reason) }
        this.#abandon(this.#closing)
        resolve(this.#closing)
      })
    })
  }

  /**
   * Opens a connection.
   *
   * @param url of the server, with http
   * @param path of the socket, with a query if any
   * @throws what the handshake failed with
   */
  static async connect(url: string, options: ClientOptions = {}, path = '/v1/socket'): Promise<RawClient> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}${path}`, { perMessageDeflate: false, ...options })
    const client = new RawClient(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    return client
  }

  /** Opens a connection and starts a session on it. */
  static async signIn(url: string, token: string): Promise<RawClient> {
    const client = await RawClient.connect(url)
    await client.start(token)
    return client
  }

  /** Starts the session. */
  start(token: string, resume?: { epoch: string; identity: string; revision: number }): Promise<Result<'session.start'>> {
    return this.ask({ type: 'session.start', version: 1, token, ...(resume && { resume }) })
  }

  /**
   * Sends a request.
   *
   * @returns its result
   * @throws Refused with the error body, or Unanswered when the connection ends first
   */
  async ask<Name extends RequestType>(request: Request<Name> & { readonly type: Name }): Promise<Result<Name>> {
    const { result, error } = await this.exchange(request)
    if (error) throw new Refused(error)
    return result as Result<Name>
  }

  /** Sends an object as a request with the next id, whatever it is, and gives the frame that answers it. */
  exchange(request: object): Promise<RawFrame> {
    const id = this.takeId()
    return this.exchangeText(id, JSON.stringify({ ...request, id }))
  }

  /** Sends a text that carries this id, and gives the frame that answers it. */
  exchangeText(id: number, text: string): Promise<RawFrame> {
    return new Promise((resolve, reject) => {
      if (this.#closing) {
        reject(new Unanswered(this.#closing))
        return
      }
      this.#answers.set(id, { resolve, reject })
      this.socket.send(text)
    })
  }

  /** An id that no request has had. */
  takeId(): number {
    return this.#nextId++
  }

  /** The error body that a request is refused with. @throws when it is not refused */
  async refusal(request: object): Promise<ErrorBody> {
    const frame = await this.exchange(request)
    if (!frame.error) throw new Error(`not refused: ${JSON.stringify(frame)}`)
    return frame.error
  }

  /** The first frame that is no answer to `exchange`, matches, and was not given before; waits for it. */
  next(matches: (frame: RawFrame) => boolean = () => true): Promise<RawFrame> {
    const at = this.#unread.findIndex(matches)
    const [found] = at < 0 ? [] : this.#unread.splice(at, 1)
    if (found) return Promise.resolve(found)
    return new Promise((resolve, reject) => {
      if (this.#closing) reject(new Unanswered(this.#closing))
      else this.#waiting.add({ matches, resolve, reject })
    })
  }

  /** The next event of a type; waits for it. */
  async nextEvent<Type extends Event['type']>(type: Type): Promise<Event & { readonly type: Type }> {
    const { event } = await this.next((frame) => frame.event?.type === type)
    return event as Event & { readonly type: Type }
  }

  /** Closes the connection and waits until it is gone. */
  close(): Promise<Closing> {
    this.socket.close()
    return this.closed
  }

  #take(text: string): void {
    const frame: RawFrame = JSON.parse(text)
    if (frame.event && this.onEvent) {
      this.onEvent(frame.event)
      return
    }
    const answer = typeof frame.reply === 'number' ? this.#answers.get(frame.reply) : undefined
    if (answer) {
      this.#answers.delete(frame.reply as number)
      answer.resolve(frame)
      return
    }
    const waiting = [...this.#waiting].find(({ matches }) => matches(frame))
    if (waiting) {
      this.#waiting.delete(waiting)
      waiting.resolve(frame)
    } else this.#unread.push(frame)
  }

  #abandon(closing: Closing): void {
    for (const { reject } of [...this.#answers.values(), ...this.#waiting]) reject(new Unanswered(closing))
    this.#answers.clear()
    this.#waiting.clear()
  }
}

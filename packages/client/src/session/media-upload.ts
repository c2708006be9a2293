import type { ErrorBody, Media as MediaRecord } from '@conversa/protocol'
import { backOff } from '../connection/back-off.ts'
import type { Clock, Random } from '../connection/clock.ts'
import { ConversaError, failure } from '../errors.ts'
import type { MediaContent } from '../media-content.ts'
import { parsed } from '../parsed.ts'

/** Told while files go out: bytes of all of them together. */
export type ProgressListener = (progress: { readonly loaded: number; readonly total: number }) => void

/** One attempt to hand a file over. */
export interface Shipment {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Blob
  readonly signal: AbortSignal
  /** Hears how many bytes are out; absent when nobody wants to know. */
  readonly sent?: ((bytes: number) => void) | undefined
}

/** Hands a file over: resolves to the answer whatever its status, rejects when there is none. */
export type Ship = (shipment: Shipment) => Promise<{ readonly status: number; readonly text: string }>

/** The token that the server accepted last, and whose it is: one value, so that the two never belong to different people. */
export interface SignedIn {
  readonly token: string
  /** Empty before the first session. */
  readonly identity: string
}

export interface UploadsOptions {
  /** Where files go, with http. */
  readonly url: string
  readonly ship: Ship
  readonly clock: Clock
  readonly random: Random
  readonly makeKey: () => string
  readonly signedIn: () => SignedIn
  /** Whether the server is there: a connection to it is open. */
  readonly isConnected: () => boolean
  /** Asks for a new token after this refusal; `tokenChanged` is called when there is one. */
  readonly needToken: (refusal: ConversaError) => void
}

/** How often an attempt may fail while the server is there, refused "for now" or without an answer; without a server it waits for one. */
const MOST_FAILURES = 10

/** One file on its way. */
interface Upload {
  readonly signal: AbortSignal
  /** Whose file it is: it never goes out under the token of somebody else. */
  readonly owner: string
}

/** Brings files to the server: again and again under the same key, so that a file that arrived twice is one (G2). */
export class Uploads {
  readonly #options: UploadsOptions
  /** Ends what is under way. */
  readonly #running = new Set<() => void>()
  #isClosed = false
  readonly #waiting = new Set<() => void>()

  constructor(options: UploadsOptions) {
    this.#options = options
  }

  /**
   * Uploads a file.
   *
   * @param sent hears how many of its bytes are out; begins anew with each attempt
   * @returns the file as the server keeps it; rejects when it is refused for good or in vain too often, cannot be read, is called off, at the
   *   end, or when somebody else signed in
   */
  async upload(content: MediaContent, upload: Upload, sent?: (bytes: number) => void): Promise<MediaRecord> {
    const controller = new AbortController()
    const stop = () => controller.abort()
    this.#running.add(stop)
    upload.signal.addEventListener('abort', stop)
    try {
      return await this.#persist(content, upload, controller.signal, sent)
    } finally {
      this.#running.delete(stop)
      upload.signal.removeEventListener('abort', stop)
    }
  }

  /** There is a session, or a token that was not tried yet: whatever waits is tried again. */
  tokenChanged(): void {
    for (const go of [...this.#waiting]) go()
  }

  /** Rejects everything, and all that may still come. */
  close(): void {
    this.#isClosed = true
    for (const stop of [...this.#running]) stop()
  }

  async #persist(
    content: MediaContent,
    upload: Upload,
    signal: AbortSignal,
    sent: ((bytes: number) => void) | undefined,
  ): Promise<MediaRecord> {
    const { url, ship, makeKey, signedIn, isConnected, random } = this.#options
    const key = makeKey()
    let failures = 0
    for (let attempt = 0; ; attempt++) {
      this.#throwIfOver(upload)
      const { token: used } = signedIn()
      const headers = headersOf(content, key, used)
      const shipment = { url: `${url}?category=${content.category}`, headers, body: content.blob, signal, sent }
      const answer = await ship(shipment).catch(() => undefined)
      this.#throwIfOver(upload)
      if (!answer) await requireReadable(content)
      // Something in between may have answered.
      const body = ((answer && parsed(answer.text)) ?? undefined) as Partial<ErrorBody & MediaRecord> | undefined
      if (answer?.status === 201 && body?.sid) return body as MediaRecord
      const error = answer ? errorOf(answer.status, body) : failure('uploadUnanswered')
      if (answer || isConnected()) failures++
      if (error.retry === 'never' || failures >= MOST_FAILURES) throw error
      if (error.retry === 'after-sign-in') await this.#otherToken(used, error, signal)
      else await this.#wait(signal, backOff(attempt, random))
    }
  }

  #throwIfOver({ signal, owner }: Upload): void {
    if (this.#isClosed) throw failure('shutDown')
    if (signal.aborted) throw failure('cancelled')
    if (owner !== this.#options.signedIn().identity) throw failure('identityChanged')
  }

  #otherToken(used: string, refusal: ConversaError, signal: AbortSignal): Promise<void> {
    if (this.#options.signedIn().token !== used) return Promise.resolve()
    this.#options.needToken(refusal)
    return this.#wait(signal)
  }

  /** Waits until there is a token or session that is new, for so many milliseconds, or until the signal; leaves nothing behind. */
  #wait(signal: AbortSignal, ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        cancel?.()
        this.#waiting.delete(go)
        signal.removeEventListener('abort', go)
        resolve()
      }
      const cancel = ms === undefined ? undefined : this.#options.clock.after(ms, go)
      this.#waiting.add(go)
      signal.addEventListener('abort', go)
    })
  }
}

/** A file can be gone or changed since it was chosen. Then trying again is of no use. */
async function requireReadable({ blob }: MediaContent): Promise<void> {
  try {
    await blob.slice(0, 1).arrayBuffer()
  } catch (error) {
    throw failure('parameterInvalid', { parameter: 'media', cause: String(error) })
  }
}

function headersOf({ contentType, filename }: MediaContent, key: string, token: string): Record<string, string> {
  return {
    authorization: `Bearer ${token}`,
    'content-type': contentType,
    'idempotency-key': key,
    ...(filename !== null && { 'content-disposition': `attachment; filename*=UTF-8''${extended(filename)}` }),
  }
}

/** A name in a header (RFC 8187), whatever is in it. */
function extended(name: string): string {
  const percent = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(name.replace(/\p{Surrogate}/gu, '\uFFFD')).replace(/['()*]/g, percent)
}

function errorOf(status: number, body: Partial<ErrorBody> = {}): ConversaError {
  const retry = status === 401 ? 'after-sign-in' : status === 408 || status === 429 || status >= 500 ? 'later' : 'never'
  const { code = 20500, message = `unable to upload: the answer was ${status}` } = body
  return new ConversaError({ code, message, status, retry })
}

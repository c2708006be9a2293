import { setTimeout as wait } from 'node:timers/promises'
import { StorageFull } from '@conversa/core'

/** How a source is reached. */
export interface SourceAddress {
  /** Of its API, without a slash at its end. */
  readonly url: string
  /** Of its media service; that of the API unless it is another one. */
  readonly mediaUrl: string
  /** SID of an account or of a key. */
  readonly account: string
  readonly secret: string
}

/** How patiently a source is asked. Times are milliseconds. */
export interface Patience {
  /** Requests under way at the same time. */
  readonly atOnce: number
  /** Tries of one request. */
  readonly tries: number
  /** The first pause; each further one is twice as long. */
  readonly firstPause: number
  readonly longestPause: number
  /** For one answer to come in. */
  readonly deadline: number
}

const PATIENCE: Patience = { atOnce: 8, tries: 8, firstPause: 500, longestPause: 60_000, deadline: 60_000 }

/** The source does not let us in, or is no such server: to ask again helps nobody. */
export class SourceRefused extends Error {}

/** The source did not answer, or not with an answer, however often it was asked. */
export class SourceUnavailable extends Error {}

/** Something at the source is not there (any more). */
export class SourceMissing extends Error {}

/** What another try does not mend. */
const FINAL = [SourceRefused, SourceMissing, StorageFull]

const LONGEST_ANSWER = 64 * 1024 * 1024

/**
 * Asks a server for JSON and for files. Each request is tried again while the server is too busy, broken or cut off: with growing
 * pauses, or with the one that it asks for. No redirect is followed: the credentials go nowhere else.
 */
export class SourceClient {
  readonly #address: SourceAddress
  readonly #patience: Patience
  readonly #waiting: (() => void)[] = []
  #underWay = 0
  /** Nothing is asked before, milliseconds of the monotonic clock: the source wanted a pause. */
  #pausedUntil = 0

  constructor(address: SourceAddress, patience: Partial<Patience> = {}) {
    this.#address = address
    this.#patience = { ...PATIENCE, ...patience }
  }

  /**
   * A resource of the API.
   *
   * @param path below `/v1`, its segments encoded
   * @param isUsable whether an answer has the form of one; one that has not counts as broken
   * @throws SourceRefused, SourceUnavailable, SourceMissing
   */
  get(path: string, isUsable: (body: unknown) => boolean): Promise<unknown> {
    return this.#patiently(path, async (signal) => {
      const response = await this.#fetch(`${this.#address.url}/v1${path}`, signal)
      return usable(await textOf(response), isUsable)
    })
  }

  /** What the media service says of a file. */
  media(serviceSid: string, sid: string, isUsable: (body: unknown) => boolean): Promise<unknown> {
    const path = `/v1/Services/${serviceSid}/Media/${sid}`
    return this.#patiently(path, async (signal) => {
      const response = await this.#fetch(this.#address.mediaUrl + path, signal)
      return usable(await textOf(response), isUsable)
    })
  }

  /**
   * The bytes of a file, from the address that the media service gave out. They are handed on as they come, again from the beginning
   * when they break off.
   *
   * @param keep takes all bytes; what it throws for them is no fault of the source's
   */
  async file(url: string, keep: (content: AsyncIterable<Uint8Array>) => Promise<void>): Promise<void> {
    const { protocol, origin } = new URL(url, this.#address.mediaUrl)
    // An address that a server names is not to lead into the network of whoever imports.
    if (protocol !== 'https:' && origin !== new URL(this.#address.mediaUrl).origin) {
      throw new SourceMissing('its address is neither of the media service nor of HTTPS')
    }
    await this.#patiently('a file', async () => {
      const response = await fetch(new URL(url, this.#address.mediaUrl), { redirect: 'error' })
      judge(response)
      if (!response.body) throw new Busy('there is no content')
      await keep(response.body)
    })
  }

  async #fetch(url: string, signal: AbortSignal): Promise<Response> {
    const { account, secret } = this.#address
    const authorization = `Basic ${Buffer.from(`${account}:${secret}`).toString('base64')}`
    const response = await fetch(url, { headers: { authorization, accept: 'application/json' }, redirect: 'error', signal })
    judge(response)
    return response
  }

  async #patiently<T>(what: string, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { tries, firstPause, longestPause, deadline } = this.#patience
    for (let tried = 1; ; tried++) {
      try {
        return await this.#inTurn(() => ask(AbortSignal.timeout(deadline)))
      } catch (error) {
        if (FINAL.some((kind) => error instanceof kind)) throw error
        if (tried >= tries) throw new SourceUnavailable(`unable to read ${what}: ${reasonOf(error)}`)
        const growing = Math.min(longestPause, firstPause * 2 ** (tried - 1))
        const asked = error instanceof Busy ? error.pause : undefined
        if (asked !== undefined)
          this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + Math.min(longestPause, asked))
        else await wait(growing * (0.5 + Math.random() / 2))
      }
    }
  }

  async #inTurn<T>(run: () => Promise<T>): Promise<T> {
    while (this.#underWay >= this.#patience.atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#underWay++
    try {
      for (;;) {
        const pause = this.#pausedUntil - performance.now()
        if (pause <= 0) return await run()
        await wait(pause)
      }
    } finally {
      this.#underWay--
      this.#waiting.shift()?.()
    }
  }
}

/** The source may answer later. */
class Busy extends Error {
  /** Milliseconds for which it wants to be left alone. */
  readonly pause: number | undefined

  constructor(message: string, pause?: number) {
    super(message)
    this.pause = pause
  }
}

function judge({ status, headers }: Response): void {
  if (status === 200) return
  if (status === 401 || status === 403) throw new SourceRefused(`the source answers ${status}: are account and token right?`)
  if (status === 429 || status >= 500) throw new Busy(`it answers ${status}`, pauseOf(headers.get('retry-after')))
  throw new SourceMissing(`the source answers ${status}`)
}

/** `Retry-After` is seconds or a date (RFC 9110, 10.2.3). */
function pauseOf(text: string | null): number | undefined {
  if (text === null) return undefined
  const pause = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now()
  return Number.isFinite(pause) ? Math.max(0, pause) : undefined
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > LONGEST_ANSWER) throw new SourceMissing(`the answer is longer than ${LONGEST_ANSWER} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function usable(text: string, isUsable: (body: unknown) => boolean): unknown {
  const body: unknown = JSON.parse(text)
  if (!isUsable(body)) throw new Error('the answer is not of the form that it should have')
  return body
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message} (${cause.message})` : message
}

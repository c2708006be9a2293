import { type ConversaError, failure } from '../errors.ts'
import { backOff } from './back-off.ts'
import type { Clock, Random } from './clock.ts'

/** Makes or fetches an access token of the user. */
export type TokenProvider = () => Promise<string> | string

export interface TokenOptions {
  readonly clock: Clock
  readonly random: Random
  readonly provider: TokenProvider | undefined
  /** The provider brought a token. */
  fetched(token: string): void
  /** The provider failed; it is asked again after a pause. */
  failed(error: ConversaError): void
}

/** Fetches new tokens from the application: one call at a time, again and again until one succeeds. */
export class TokenFetcher {
  readonly #options: TokenOptions
  #isBusy = false
  #isStopped = false
  /** While it pauses: what ends the pause. */
  #endPause: (() => void) | undefined

  constructor(options: TokenOptions) {
    this.#options = options
  }

  /** Whether there is somebody to ask. */
  get canFetch(): boolean {
    return this.#options.provider !== undefined
  }

  /** Asks for a new token, unless that was done already. */
  fetch(): void {
    if (this.#isBusy || this.#isStopped || !this.canFetch) return
    this.#isBusy = true
    this.#ask(0)
  }

  /** Asks no more, and ignores what still comes. */
  stop(): void {
    this.#isStopped = true
    this.hurry()
  }

  /** Ends the pause after a failure, if there is one. */
  hurry(): void {
    this.#endPause?.()
  }

  #ask(attempt: number): void {
    const { clock, random, provider, fetched, failed } = this.#options
    const again = (error: unknown) => {
      if (this.#isStopped) return
      const go = () => {
        cancel()
        this.#endPause = undefined
        if (!this.#isStopped) this.#ask(attempt + 1)
      }
      const cancel = clock.after(backOff(attempt, random), go)
      this.#endPause = go
      failed(failure('tokenInvalid', { cause: String(error) }))
    }
    // Started in a promise, so that a provider that throws is one that rejects.
    Promise.resolve()
      .then(provider)
      .then((token) => {
        if (this.#isStopped) return
        if (typeof token !== 'string' || token === '') return again('the provider gave no token')
        this.#isBusy = false
        fetched(token)
      })
      .catch(again)
  }
}

/** What an application hears of the age of its token. */
export interface TokenAgeListener {
  tokenAboutToExpire(): void
  tokenExpired(): void
}

/**
 * Tells of the age of tokens, each thing once for each token: it shows on every connection anew, and in several ways: by a notice, by
 * how the connection ends, by a refusal.
 */
export class TokenAge {
  readonly #listener: TokenAgeListener
  #aboutToExpire: string | undefined
  #expired: string | undefined

  constructor(listener: TokenAgeListener) {
    this.#listener = listener
  }

  /** The token is about to expire. */
  aboutToExpire(token: string): void {
    if (token === this.#aboutToExpire) return
    this.#aboutToExpire = token
    this.#listener.tokenAboutToExpire()
  }

  /** The token has expired. */
  expired(token: string): void {
    if (token === this.#expired) return
    this.#expired = token
    this.#listener.tokenExpired()
  }
}

import { backOff } from './back-off.ts'
import type { Clock, Random } from './clock.ts'
import { type ConversaError, failure } from './errors.ts'

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
  #cancel: (() => void) | undefined

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
    this.#cancel?.()
  }

  #ask(attempt: number): void {
    const { clock, random, provider, fetched, failed } = this.#options
    const again = (error: unknown) => {
      if (this.#isStopped) return
      this.#cancel = clock.after(backOff(attempt, random), () => this.#ask(attempt + 1))
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

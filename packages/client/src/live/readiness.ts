import type { ConversaError } from '../errors.ts'

interface Waiter {
  readonly go: () => void
  readonly stop: (error: ConversaError) => void
}

/** Whether a client can be used: calls that come too early wait here. */
export class Readiness {
  /** Whether it was reached once. */
  isReady = false
  /** Why it cannot be used, if that is known. */
  #error: ConversaError | undefined
  readonly #waiters: Waiter[] = []

  /** @returns settles as soon as the client can be used; rejects when it cannot */
  wait(): Promise<void> {
    return new Promise((go, stop) => {
      this.#waiters.push({ go, stop })
      this.#tell()
    })
  }

  /** The client can be used. */
  reached(): void {
    this.isReady = true
    this.#error = undefined
    this.#tell()
  }

  /** The client cannot be used. */
  failed(error: ConversaError): void {
    this.#error = error
    this.#tell()
  }

  #tell(): void {
    const error = this.#error
    if (!this.isReady && !error) return
    for (const { go, stop } of this.#waiters.splice(0)) {
      if (error) stop(error)
      else go()
    }
  }
}

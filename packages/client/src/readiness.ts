import type { ConversaError } from './errors.ts'

interface Waiter {
  readonly go: () => void
  readonly stop: (error: ConversaError) => void
}

type Stage = { readonly kind: 'pending' | 'ready' } | { readonly kind: 'failed'; readonly error: ConversaError }

/** Whether a client can be used: calls that come too early wait here. */
export class Readiness {
  #stage: Stage = { kind: 'pending' }
  #waiters: Waiter[] = []

  /** Whether it was reached once. */
  get isReady(): boolean {
    return this.#stage.kind === 'ready'
  }

  /** @returns settles as soon as the client can be used; rejects when it cannot */
  wait(): Promise<void> {
    const stage = this.#stage
    if (stage.kind === 'ready') return Promise.resolve()
    if (stage.kind === 'failed') return Promise.reject(stage.error)
    return new Promise((go, stop) => this.#waiters.push({ go, stop }))
  }

  /** The client can be used. */
  reached(): void {
    this.#stage = { kind: 'ready' }
    for (const { go } of this.#waiters.splice(0)) go()
  }

  /** The client cannot be used. */
  failed(error: ConversaError): void {
    this.#stage = { kind: 'failed', error }
    for (const { stop } of this.#waiters.splice(0)) stop(error)
  }
}

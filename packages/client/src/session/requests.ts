import type { ErrorBody, Request, Result } from '@conversa/protocol'
import { ConversaError, failure } from '../errors.ts'

/** How a request ended. */
export type Outcome =
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'error'; readonly error: ConversaError }
  /** The connection went before there was an answer: it may have taken effect or not. */
  | { readonly type: 'lost' }

/** Requests under way on one connection, by the number that their answers repeat. */
export class Requests {
  readonly #send: (text: string) => void
  readonly #pending = new Map<number, (outcome: Outcome) => void>()
  #last = 0

  /** @param send hands a text to the connection */
  constructor(send: (text: string) => void) {
    this.#send = send
  }

  /**
   * Sends a request.
   *
   * @param done called once, with how it ended
   * @param again whether it was sent before, and the answer was lost
   */
  send(request: Request, done: (outcome: Outcome) => void, again?: true): void {
    const id = ++this.#last
    this.#pending.set(id, done)
    this.#send(JSON.stringify({ id, again, ...request }))
  }

  /**
   * The same as a promise, for what is of no use on another connection.
   *
   * @returns the result; rejects when refused or lost
   */
  call<R extends Request>(request: R): Promise<Result<R['type']>> {
    return new Promise((resolve, reject) => {
      this.send(request, (outcome) => {
        if (outcome.type === 'result') resolve(outcome.result as Result<R['type']>)
        else reject(outcome.type === 'error' ? outcome.error : failure('connectionLost'))
      })
    })
  }

  /** Asks whether anybody is there, unless something else is to be answered: who answers that late or never is not there. */
  ping(): void {
    if (this.#pending.size === 0) this.send({ type: 'session.ping' }, () => {})
  }

  /** An answer came. One to no known request is ignored. */
  answered(reply: number | null, outcome: { readonly result: unknown } | { readonly error: ErrorBody }): void {
    const done = this.#pending.get(reply ?? -1)
    if (!done) return
    this.#pending.delete(reply ?? -1)
    done(
      'error' in outcome
        ? { type: 'error', error: new ConversaError(outcome.error) }
        : { type: 'result', result: outcome.result },
    )
  }

  /** The connection is gone: everything that was under way is lost. */
  lost(): void {
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const done of pending) done({ type: 'lost' })
  }
}

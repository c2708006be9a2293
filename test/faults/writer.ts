import { ERRORS } from '@conversa/protocol'
import { type RawClient, Refused } from '../end-to-end/raw-client.ts'
import type { Send } from '../simulation/history.ts'

/** Milliseconds until what the server could not do is asked for again. */
const PAUSE = 50

/** Sends under way at once. */
const WINDOW = 8

/**
 * Somebody who writes without pause, and who sends what was not answered again with the same key after every reconnect, in the old
 * order, before anything new.
 */
export class Writer {
  readonly identity: string
  readonly sends: Send[] = []
  /** How often the server said that it cannot do it now. */
  putOff = 0
  readonly #conversationSid: string
  readonly #unanswered = new Set<Send>()
  #client: RawClient | undefined
  #stopped = false
  #isHeld = false
  #idle: (() => void) | undefined

  constructor(identity: string, conversationSid: string) {
    this.identity = identity
    this.#conversationSid = conversationSid
  }

  /** Goes on over a new connection. */
  connected(client: RawClient): void {
    this.#client = client
    for (const send of this.#unanswered) this.#send(client, send)
    this.#fill()
  }

  /** Begins nothing new for a while: whoever is away longer than some hundred messages gets a snapshot. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld
    this.#fill()
  }

  /** Begins nothing new, and settles when everything is answered. */
  finish(): Promise<void> {
    this.#stopped = true
    return new Promise((resolve) => {
      this.#idle = resolve
      this.#settleIfIdle()
    })
  }

  #fill(): void {
    while (!this.#stopped && !this.#isHeld && this.#client && this.#unanswered.size < WINDOW) {
      const body = `${this.identity}-${this.sends.length}`
      const send: Send = {
        author: this.identity,
        device: this.identity,
        conversationSid: this.#conversationSid,
        body,
        begun: performance.now(),
        ended: undefined,
        outcome: undefined,
      }
      this.sends.push(send)
      this.#unanswered.add(send)
      this.#send(this.#client, send)
    }
  }

  #send(client: RawClient, send: Send): void {
    const { body } = send
    client.ask({ type: 'message.send', conversationSid: this.#conversationSid, body, key: body }).then(
      ({ index }) => this.#answered(send, { index }),
      (error) => {
        if (error instanceof Refused && error.body.code === ERRORS.unavailable.code) this.#putOff(send)
        else if (error instanceof Refused) this.#answered(send, 'refused')
        else if (this.#client === client) this.#client = undefined
      },
    )
  }

  #putOff(send: Send): void {
    this.putOff++
    setTimeout(() => this.#again(send), PAUSE)
  }

  /** After a reconnect it has been sent again already. */
  #again(send: Send): void {
    if (this.#client && this.#unanswered.has(send)) this.#send(this.#client, send)
  }

  #answered(send: Send, outcome: Send['outcome']): void {
    send.outcome = outcome
    send.ended = performance.now()
    this.#unanswered.delete(send)
    this.#fill()
    this.#settleIfIdle()
  }

  #settleIfIdle(): void {
    if (this.#unanswered.size === 0) this.#idle?.()
  }
}

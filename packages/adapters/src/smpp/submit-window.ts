import type { After } from '@conversa/core'

export interface SubmitWindowOptions {
  /** Requests that wait for their answers at once. */
  readonly size: number
  /** Requests that may begin per second; as many as there are unless it is set. */
  readonly perSecond?: number | undefined
  readonly after: After
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Lets as many requests be under way, and begin, as an SMSC allows. */
export class SubmitWindow {
  readonly #options: SubmitWindowOptions
  readonly #waiting: (() => void)[] = []
  #underWay = 0
  /** When the next one may begin. */
  #next = 0

  constructor(options: SubmitWindowOptions) {
    this.#options = options
  }

  /** Does what it is given, when it is its turn. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#underWay >= this.#options.size) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#underWay++
    try {
      await this.#pace()
      return await work()
    } finally {
      // Its place goes to the one that has waited longest.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#underWay--
    }
  }

  async #pace(): Promise<void> {
    const { perSecond, after, now } = this.#options
    if (perSecond === undefined) return
    const wait = this.#next - now()
    this.#next = Math.max(this.#next, now()) + 1000 / perSecond
    if (wait > 0) await new Promise<void>((resolve) => after(wait, resolve))
  }
}

import type { Clock } from './clock.ts'

/** Does some work again and again, one round at a time; the first one at the start, for what an earlier process left. */
export class Rounds {
  readonly #work: () => Promise<unknown>
  readonly #between: number
  readonly #clock: Clock
  readonly #failed: (error: unknown) => void
  #cancel = () => {}
  #round: Promise<void> = Promise.resolve()
  #stopped = false

  /**
   * @param work one round
   * @param between milliseconds between the end of a round and the next one
   * @param failed hears of a round that failed; the next one tries again
   */
  constructor(work: () => Promise<unknown>, between: number, clock: Clock, failed: (error: unknown) => void) {
    this.#work = work
    this.#between = between
    this.#clock = clock
    this.#failed = failed
  }

  start(): void {
    this.#round = this.#goRound()
  }

  /** Begins no more rounds, and waits for the one under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel()
    await this.#round
  }

  async #goRound(): Promise<void> {
    try {
      await this.#work()
    } catch (error) {
      this.#failed(error)
    }
    if (!this.#stopped) this.#cancel = this.#clock.after(this.#between, () => this.start())
  }
}

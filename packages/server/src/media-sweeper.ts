import type { Clock } from './clock.ts'

/** Milliseconds between two looks at what is to be collected. */
const BETWEEN = 30_000

/** Collects files again and again, one round at a time; the first one at the start, for what an earlier process left. */
export class MediaSweeper {
  readonly #collect: () => Promise<unknown>
  readonly #clock: Clock
  readonly #failed: (error: unknown) => void
  #cancel = () => {}
  #round: Promise<void> = Promise.resolve()
  #stopped = false

  /**
   * @param collect one round
   * @param failed hears of a round that failed; the next one tries again
   */
  constructor(collect: () => Promise<unknown>, clock: Clock, failed: (error: unknown) => void) {
    this.#collect = collect
    this.#clock = clock
    this.#failed = failed
  }

  start(): void {
    this.#round = this.#sweep()
  }

  /** Begins no more rounds, and waits for the one under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancel()
    await this.#round
  }

  async #sweep(): Promise<void> {
    try {
      await this.#collect()
    } catch (error) {
      this.#failed(error)
    }
    if (!this.#stopped) this.#cancel = this.#clock.after(BETWEEN, () => this.start())
  }
}

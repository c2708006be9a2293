/** Deletes what belonged to removed conversations, a little in each transaction, also what an earlier process left. */
export class Sweeper {
  readonly #step: () => Promise<boolean>
  #running: Promise<void> | undefined
  /** Whether something was removed since the last step looked. */
  #isWanted = false
  #stopped = false

  /** @param step deletes a little in a transaction of its own, and says whether there may be more */
  constructor(step: () => Promise<boolean>) {
    this.#step = step
  }

  /** Begins to sweep, or goes on when it is about to end. */
  start(): void {
    this.#isWanted = true
    if (!this.#stopped) this.#running ??= this.#sweep()
  }

  /** Ends after the step under way; the rest waits for the next start of the program. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #sweep(): Promise<void> {
    try {
      while (!this.#stopped && this.#isWanted) {
        this.#isWanted = false
        if (await this.#step()) this.#isWanted = true
      }
    } catch {
      // The database refuses writes now; what is left is found again at the next removal or start.
    }
    this.#running = undefined
  }
}

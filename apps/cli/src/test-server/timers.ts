/** What waits for its time. */
export interface Timer {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly run: () => void
}

/** What waits for its time, in the order of the times; of two at the same time the one first that was set first. */
export class Timers {
  readonly #waiting = new Set<Timer>()

  /** @returns calls it off */
  add(timer: Timer): () => void {
    this.#waiting.add(timer)
    return () => this.#waiting.delete(timer)
  }

  /** The first one that is due by a time. */
  next(by = Number.POSITIVE_INFINITY): Timer | undefined {
    return this.due(by)[0]
  }

  /** All that are due by a time, in order. */
  due(by: number): readonly Timer[] {
    return [...this.#waiting].filter(({ at }) => at <= by).sort((a, b) => a.at - b.at)
  }

  /** Runs one, unless it was run or called off meanwhile. */
  run(timer: Timer): void {
    if (this.#waiting.delete(timer)) timer.run()
  }

  /** Calls all of them off. */
  clear(): void {
    this.#waiting.clear()
  }
}

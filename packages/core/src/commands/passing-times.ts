/** Names that are forgotten before the first sweep. */
const FEWEST = 1024

/**
 * A time for each of many names, which means something until it has passed and nothing afterwards. What has passed is swept out as
 * the map grows, so that it holds at most about twice what still means something.
 */
export class PassingTimes {
  readonly #times = new Map<string, number>()
  #sweepAt = FEWEST

  /** The time of a name, in milliseconds; undefined when it has passed or was never set. */
  get(name: string, now: number): number | undefined {
    const time = this.#times.get(name)
    return time !== undefined && time > now ? time : undefined
  }

  set(name: string, time: number, now: number): void {
    this.#times.set(name, time)
    if (this.#times.size < this.#sweepAt) return
    for (const [each, end] of this.#times) if (end <= now) this.#times.delete(each)
    this.#sweepAt = Math.max(FEWEST, this.#times.size * 2)
  }

  delete(name: string): void {
    this.#times.delete(name)
  }

  /** How many names are held, those included whose time has passed and that were not swept out yet. */
  get size(): number {
    return this.#times.size
  }
}

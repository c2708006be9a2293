import type { SeededRandom } from './random.ts'

/** How badly what is between nodes, their database and webhooks behaves. Nothing fails while it is not active. */
export class Faults {
  readonly #random: SeededRandom
  active = false
  /** Whether the database is slow and the bus is away: many transactions overlap, and nodes hear of each other by the database alone. */
  isSlow = false

  constructor(random: SeededRandom) {
    this.#random = random
  }

  /** Milliseconds that one way between a node and the database takes: now and then much longer, so that transactions overlap. */
  databaseDelay(): number {
    const isLong = this.#random.chance(this.isSlow ? 0.3 : this.active ? 0.04 : 0)
    return 1 + this.#random.below(isLong ? 800 : 4)
  }

  /** The milliseconds after which each copy of a message of the bus arrives; none when it is lost. */
  busDelays(): number[] {
    if (this.isSlow) return []
    if (!this.active) return [1 + this.#random.below(5)]
    if (this.#random.chance(0.25)) return []
    const copies = this.#random.chance(0.1) ? 2 : 1
    return Array.from({ length: copies }, () => 1 + this.#random.below(this.#random.chance(0.1) ? 4000 : 60))
  }

  /** What becomes of a request to a webhook. */
  hook(): { readonly delay: number; readonly isHeard: boolean; readonly status: number | undefined } {
    const delay = 1 + this.#random.below(this.active ? 150 : 10)
    if (!this.active || this.#random.chance(0.85)) return { delay, isHeard: true, status: 200 }
    const status = this.#random.chance(0.5) ? 500 : undefined
    return { delay, isHeard: this.#random.chance(0.5), status }
  }
}

import { SmallSet } from '../fan-out/small-set.ts'
import type { After, Now } from '../ports/ports.ts'

/** What comes to its time. */
export interface Due {
  due(): void
}

/** Milliseconds that share a timer. */
const SECOND = 1000

interface Second {
  readonly all: SmallSet<Due>
  cancel: () => void
}

/**
 * Times that are far away and of which there is one for every connection. All of one second share a timer: one for each would take half a kilobyte
 * of memory. What is due within a second is due at its beginning.
 */
export class Deadlines {
  readonly #clock: { readonly now: Now; readonly after: After }
  readonly #seconds = new Map<number, Second>()

  constructor(clock: { readonly now: Now; readonly after: After }) {
    this.#clock = clock
  }

  /**
   * Calls back once, never before it returns.
   *
   * @param at milliseconds since 1970
   */
  set(at: number, due: Due): void {
    const number = Math.floor(at / SECOND)
    const known = this.#seconds.get(number)
    if (known) known.all.add(due)
    else this.#seconds.set(number, { all: new SmallSet<Due>().add(due), cancel: this.#await(number) })
  }

  /** Does not call back. @param at as it was set */
  clear(at: number, due: Due): void {
    const number = Math.floor(at / SECOND)
    const second = this.#seconds.get(number)
    second?.all.delete(due)
    if (second?.all.size !== 0) return
    second.cancel()
    this.#seconds.delete(number)
  }

  #await(number: number): () => void {
    return this.#clock.after(Math.max(0, number * SECOND - this.#clock.now()), () => this.#come(number))
  }

  /** A timer of the platform may be early, by a moment or, beyond its longest delay, by days. */
  #come(number: number): void {
    const second = this.#seconds.get(number)
    if (!second) return
    if (this.#clock.now() < number * SECOND) {
      second.cancel = this.#await(number)
      return
    }
    this.#seconds.delete(number)
    for (const each of second.all) each.due()
  }
}

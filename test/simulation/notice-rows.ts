import type { Notice } from '@conversa/core'

/** Milliseconds for which notices are kept: whoever did not look for half as long is to look at everything. */
const KEPT = 40_000

/** Where a reader had come to, and when. */
export interface Place {
  readonly transaction: number
  readonly at: number
}

/** What transactions left for other nodes to look at, in a database where they overlap: they do not commit in the order of their numbers. */
export class NoticeRows {
  readonly #now: () => number
  #rows: { readonly transaction: number; readonly notice: Notice }[] = []
  readonly #inFlight = new Set<number>()
  #last = 0
  #past: Place[] = []

  constructor(now: () => number) {
    this.#now = now
  }

  /** @returns the number of the transaction */
  begin(): number {
    this.#inFlight.add(++this.#last)
    return this.#last
  }

  commit(transaction: number, notices: readonly Notice[]): void {
    this.#inFlight.delete(transaction)
    this.#rows.push(...notices.map((notice) => ({ transaction, notice })))
  }

  rollback(transaction: number): void {
    this.#inFlight.delete(transaction)
  }

  /** Where a reader is who has read everything that can be read without passing anything over. */
  place(): Place {
    return { transaction: Math.min(this.#last + 1, ...this.#inFlight), at: this.#now() }
  }

  /** @returns undefined when some may have been removed */
  between(since: Place, until: Place): readonly Notice[] | undefined {
    this.#remove(until)
    if (until.at - since.at > KEPT / 2) return undefined
    const found = this.#rows.filter(({ transaction }) => transaction >= since.transaction && transaction < until.transaction)
    return found.map(({ notice }) => notice)
  }

  #remove(place: Place): void {
    const old = this.#past.findLast(({ at }) => place.at - at >= KEPT)
    this.#past = [...this.#past.filter(({ at }) => place.at - at < KEPT), place]
    if (old) this.#rows = this.#rows.filter(({ transaction }) => transaction >= old.transaction)
  }
}

import { LeaseLost } from '@conversa/core'

interface Row {
  readonly holder: string
  readonly token: number
  readonly expires: number
}

/** The rows of leases in a database that nodes share, by the clock of the database. */
export class LeaseRows {
  readonly #now: () => number
  readonly #rows = new Map<string, Row>()
  #token = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** @returns the token; undefined when somebody else holds it */
  hold(name: string, holder: string, milliseconds: number): number | undefined {
    const now = this.#now()
    const row = this.#rows.get(name)
    const isOwn = row?.holder === holder
    if (row && !isOwn && row.expires > now) return undefined
    const token = isOwn && row.expires > now ? row.token : ++this.#token
    this.#rows.set(name, { holder, token, expires: now + milliseconds })
    return token
  }

  release(name: string, holder: string): void {
    const row = this.#rows.get(name)
    if (row?.holder === holder) this.#rows.set(name, { ...row, expires: this.#now() })
  }

  /** Forgets those that ended so long ago. @returns how many */
  sweep(milliseconds: number): number {
    const ended = [...this.#rows].filter(([, { expires }]) => expires < this.#now() - milliseconds)
    for (const [name] of ended) this.#rows.delete(name)
    return ended.length
  }

  /** @throws LeaseLost when it is not held under this token any more */
  require(name: string, token: number): void {
    if (this.#rows.get(name)?.token !== token) throw new LeaseLost(name)
  }

  /** Whether somebody was the last one to take it. */
  isLastHeldBy(name: string, holder: string): boolean {
    return this.#rows.get(name)?.holder === holder
  }
}

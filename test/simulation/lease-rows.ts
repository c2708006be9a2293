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

  constructor(now: () => number) {
    this.#now = now
  }

  /** @returns the token; undefined when somebody else holds it */
  hold(name: string, holder: string, milliseconds: number): number | undefined {
    const now = this.#now()
    const row = this.#rows.get(name)
    const isOwn = row?.holder === holder
    if (row && !isOwn && row.expires > now) return undefined
    const token = (row?.token ?? 0) + (isOwn && row.expires > now ? 0 : 1)
    this.#rows.set(name, { holder, token, expires: now + milliseconds })
    return token
  }

  release(name: string, holder: string): void {
    const row = this.#rows.get(name)
    if (row?.holder === holder) this.#rows.set(name, { ...row, expires: this.#now() })
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

import { BoundedMap } from '../bounded-map.ts'

/** Milliseconds before the end of a session in which an answer may have been on its way. */
const UNSURE = 5000
/** Milliseconds within which an SMSC brings again what it has no answer to. */
const MEMORY = 10 * 60_000
const MOST = 10_000

interface Taken {
  readonly key: string
  /** What the core was told that it is called. */
  readonly id: string
  readonly isStored: boolean
  readonly at: number
}

/**
 * What an SMSC may bring again: SMPP gives messages no names, so what was not stored, and what was answered when the session
 * ended, is known again by what it says. All else that says the same is a message of its own: people repeat themselves.
 */
export class Redelivery {
  readonly #now: () => number
  readonly #expected = new BoundedMap<string, Taken>(MOST)
  #session = 0
  #recent: Taken[] = []

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now
  }

  /** The session in which something comes; to be given back with its answer. */
  get session(): number {
    return this.#session
  }

  /** What came may have come before. @returns what it was called then, and whether it was stored */
  recall(key: string): Pick<Taken, 'id' | 'isStored'> | undefined {
    const taken = this.#expected.get(key)
    this.#expected.delete(key)
    return taken && this.#now() - taken.at < MEMORY ? taken : undefined
  }

  /** What came was stored, or was not, and is answered now. */
  answer({ key, id, isStored }: Omit<Taken, 'at'>, session: number): void {
    const taken = { key, id, isStored, at: this.#now() }
    if (!isStored || session !== this.#session) {
      this.#expected.set(key, taken)
      return
    }
    this.#recent = this.#recent.filter(({ at }) => taken.at - at < UNSURE)
    this.#recent.push(taken)
  }

  /** What was not stored when it came has been meanwhile, with other parts of the same text. */
  stored(keys: readonly string[]): void {
    for (const key of keys) {
      const taken = this.#expected.get(key)
      if (taken) this.#expected.set(key, { ...taken, isStored: true })
    }
  }

  /** The session ended: the last answers may not have arrived. */
  sessionEnded(): void {
    this.#session++
    const now = this.#now()
    for (const taken of this.#recent.splice(0)) if (now - taken.at < UNSURE) this.#expected.set(taken.key, taken)
  }
}

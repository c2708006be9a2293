import type { Clock } from '../connection/clock.ts'

/** Who types in one conversation. */
export class Typing {
  readonly #clock: Clock
  /** By participant: what calls off the end by time. */
  readonly #typists = new Map<string, () => void>()
  /** Before this the others know already that the user types; milliseconds since 1970. */
  #knownUntil = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  isTyping(participantSid: string): boolean {
    return this.#typists.has(participantSid)
  }

  /**
   * Somebody types. Told again, it lasts longer.
   *
   * @param timeout milliseconds after which it has ended
   * @param onEnd called when it ends by time
   */
  started(participantSid: string, timeout: number, onEnd: () => void): void {
    this.#typists.get(participantSid)?.()
    const end = () => {
      if (this.ended(participantSid)) onEnd()
    }
    this.#typists.set(participantSid, this.#clock.after(timeout, end))
  }

  /**
   * Somebody types no more.
   *
   * @returns whether they did until now
   */
  ended(participantSid: string): boolean {
    this.#typists.get(participantSid)?.()
    return this.#typists.delete(participantSid)
  }

  /** Calls all ends off: nobody is told any more. */
  clear(): void {
    for (const cancel of this.#typists.values()) cancel()
    this.#typists.clear()
  }

  /**
   * Tells that the user types, unless that is known.
   *
   * @param tell returns the milliseconds for which it is known then
   */
  async tell(tell: () => Promise<number>): Promise<void> {
    const now = this.#clock.now()
    if (now < this.#knownUntil) return
    this.#knownUntil = Number.POSITIVE_INFINITY
    let lasts = 0
    try {
      lasts = await tell()
    } finally {
      // What was sent meanwhile ended it for the others.
      if (this.#knownUntil) this.#knownUntil = now + lasts
    }
  }

  /** The user sent something, which ended it for the others. */
  sent(): void {
    this.#knownUntil = 0
  }
}

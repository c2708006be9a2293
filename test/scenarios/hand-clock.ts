import { setImmediate } from 'node:timers/promises'

/** What waits for its time. */
interface Timer {
  readonly at: number
  readonly run: () => void
}

/** A clock for the SDK or the server that goes only when it is moved. It begins with the real time. */
export class HandClock {
  readonly #timers = new Set<Timer>()
  readonly #watchers = new Set<(ms: number) => void>()
  #now = Date.now()

  readonly now = (): number => this.#now

  /** What has no time to wait is run in the next turn, as a timer of the platform would be. */
  readonly after = (ms: number, run: () => void): (() => void) => {
    const timer: Timer = { at: this.#now + ms, run }
    this.#timers.add(timer)
    for (const tell of this.#watchers) tell(ms)
    if (ms <= 0) void setImmediate().then(() => this.#run(timer))
    return () => this.#timers.delete(timer)
  }

  /** Settles when something begins to wait. @param isWanted by the milliseconds that it is to wait */
  timerSet(isWanted: (ms: number) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const tell = (ms: number) => {
        if (!isWanted(ms)) return
        this.#watchers.delete(tell)
        resolve()
      }
      this.#watchers.add(tell)
    })
  }

  /** Moves the clock on: everything whose time has come is run, in order, at its time. @param ms milliseconds */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let due = this.#next(end); due; due = this.#next(end)) {
      this.#now = Math.max(this.#now, due.at)
      this.#run(due)
    }
    this.#now = end
  }

  /**
   * Moves the clock on at once, as for a machine that slept: what was due meanwhile is run now, late; what that begins has all its
   * time before it.
   *
   * @param ms milliseconds
   */
  jump(ms: number): void {
    this.#now += ms
    const due = [...this.#timers].filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at)
    for (const timer of due) this.#run(timer)
  }

  #next(end: number): Timer | undefined {
    const [first] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
    return first
  }

  #run(timer: Timer): void {
    if (this.#timers.delete(timer)) timer.run()
  }
}

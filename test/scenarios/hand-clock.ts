import { setImmediate } from 'node:timers/promises'
import { Timers } from 'conversa'

/** A clock for the SDK or the server that goes only when it is moved. It begins with the real time. */
export class HandClock {
  readonly #timers = new Timers()
  readonly #watchers = new Set<(ms: number) => void>()
  #now = Date.now()

  readonly now = (): number => this.#now

  /** What has no time to wait is run in the next turn, as a timer of the platform would be. */
  readonly after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + ms, run }
    const callOff = this.#timers.add(timer)
    for (const tell of this.#watchers) tell(ms)
    if (ms <= 0) void setImmediate().then(() => this.#timers.run(timer))
    return callOff
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
    for (let due = this.#timers.next(end); due; due = this.#timers.next(end)) {
      this.#now = Math.max(this.#now, due.at)
      this.#timers.run(due)
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
    for (const timer of this.#timers.due(this.#now)) this.#timers.run(timer)
  }
}

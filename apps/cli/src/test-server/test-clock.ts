import { type Clock, systemClock } from '@conversa/server'
import { Timers } from './timers.ts'

/** A clock that goes with the time of this machine, some way ahead of it. */
export class TestClock implements Clock {
  readonly #timers = new Timers()
  #ahead = 0
  #callOff = () => {}

  readonly now = (): number => systemClock.now() + this.#ahead

  readonly after = (ms: number, run: () => void): (() => void) => {
    const callOff = this.#timers.add({ at: this.now() + ms, run })
    this.#arm()
    return () => {
      callOff()
      this.#arm()
    }
  }

  /** Milliseconds that it is ahead of the time of this machine. */
  get ahead(): number {
    return this.#ahead
  }

  /** When the first timer is due that is due by a time; undefined when none is. */
  nextDue(by: number): number | undefined {
    return this.#timers.next(by)?.at
  }

  /** Puts it further ahead, and runs what is due by then, in order. @param ahead milliseconds; less than now changes nothing */
  putAhead(ahead: number): void {
    this.#ahead = Math.max(this.#ahead, ahead)
    this.#strike()
  }

  /** Calls everything off that waits. */
  clear(): void {
    this.#timers.clear()
    this.#arm()
  }

  #strike(): void {
    for (const timer of this.#timers.due(this.now())) this.#timers.run(timer)
    this.#arm()
  }

  #arm(): void {
    this.#callOff()
    const next = this.#timers.next()
    if (next) this.#callOff = systemClock.after(Math.max(0, next.at - this.now()), () => this.#strike())
  }
}

import type { Timeline } from './timeline.ts'

/**
 * What everything has to come through that reaches a process or goes along a wire. While it is held nothing does, and all of it comes later
 * in the same order; what comes to one that is closed is gone.
 */
export class Gate {
  readonly #timeline: Timeline
  #held: (() => void)[] | undefined
  #isClosed = false

  constructor(timeline: Timeline) {
    this.#timeline = timeline
  }

  get isHeld(): boolean {
    return this.#held !== undefined
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Runs something: at once, later, or never. */
  enter(run: () => void): void {
    if (this.#isClosed) return
    if (this.#held) this.#held.push(run)
    else run()
  }

  hold(): void {
    this.#held ??= []
  }

  /** Lets in what has come meanwhile, one after another, each with all that follows from it. */
  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const run of held) this.#timeline.after(0, () => this.enter(run))
  }

  close(): void {
    this.#isClosed = true
    this.#held = undefined
  }

  /** Timers of a process: they run in it, also late. */
  readonly after = (milliseconds: number, run: () => void): (() => void) => {
    let isCalledOff = false
    const callOff = this.#timeline.after(milliseconds, () => {
      this.enter(() => {
        if (!isCalledOff) run()
      })
    })
    return () => {
      isCalledOff = true
      callOff()
    }
  }
}

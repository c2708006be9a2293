interface Task {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** Where every simulated world begins, in milliseconds since 1970. */
const BEGINNING = 1_800_000_000_000

/** Virtual time: nothing happens by itself; `step` runs the next thing and everything that follows from it at once. */
export class Timeline {
  #now = BEGINNING
  #order = 0
  readonly #tasks = new Map<number, Task>()

  readonly now = (): number => this.#now

  /** Runs something after some virtual milliseconds; what is due at the same moment runs in the order of asking. */
  readonly after = (milliseconds: number, run: () => void): (() => void) => {
    const order = this.#order++
    this.#tasks.set(order, { at: this.#now + Math.max(0, milliseconds), order, run })
    return () => this.#tasks.delete(order)
  }

  /** Runs what is due next, if it is due before a moment. @returns whether there was something */
  async step(before = Number.POSITIVE_INFINITY): Promise<boolean> {
    let next: Task | undefined
    for (const task of this.#tasks.values()) {
      if (!next || task.at < next.at) next = task
    }
    if (!next || next.at > before) return false
    this.#tasks.delete(next.order)
    this.#now = Math.max(this.#now, next.at)
    next.run()
    await settled()
    return true
  }

  /** Lets time pass, with everything that happens in it. */
  async pass(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds
    await settled()
    while (await this.step(until)) {}
    this.#now = Math.max(this.#now, until)
  }

  /** Lets time pass until a promise has settled. @throws as it does, and when it takes more than a virtual minute */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false
    const settle = () => {
      isSettled = true
    }
    promise.then(settle, settle)
    for (const end = this.#now + 60_000; !isSettled && this.#now < end; ) await this.pass(20)
    if (!isSettled) throw new Error('an answer did not come')
    return promise
  }
}

/** Waits until no promise has anything left to do. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

import { createHash } from 'node:crypto'
import type { Timeline } from './timeline.ts'

/** Everything that goes over a wire in a world, with its moment: two worlds with the same digest had the same history. */
export class Trace {
  readonly #timeline: Timeline
  readonly #hash = createHash('sha256')

  constructor(timeline: Timeline) {
    this.#timeline = timeline
  }

  note(text: string): void {
    this.#hash.update(`${this.#timeline.now()} ${text}\n`)
  }

  /** Of all that was noted so far. */
  digest(): string {
    return this.#hash.copy().digest('hex')
  }
}

import type { GatewayContext } from './peer.ts'

const PREFIX = 'TM'
/** Milliseconds in which the vendor's client, having acknowledged a packet, has done what the packet says. */
const DOING = 10
/** Milliseconds after which nobody is waited for any more. */
const PATIENCE = 1000

/**
 * How far the other end is with the packets that came to it unasked: it acknowledges each at once, in their order, and acts on it a turn
 * of its loop later. What it asked for it acts on at once, so that an answer overtakes what was sent just before.
 */
export class Acknowledgements {
  readonly #clock: GatewayContext['transport']
  #sent = 0
  #acknowledged = 0
  /** Milliseconds since 1970. */
  #last = 0
  #waiting: (() => void)[] = []

  constructor(clock: GatewayContext['transport']) {
    this.#clock = clock
  }

  /** The id of the next packet. */
  next(): string {
    return `${PREFIX}${++this.#sent}`
  }

  /** Hears that a packet has come. */
  came(id: string): void {
    const number = Number(id.slice(PREFIX.length))
    if (!(number > this.#acknowledged && number <= this.#sent)) return
    this.#acknowledged = number
    this.#last = this.#clock.now()
    for (const look of this.#waiting.splice(0)) look()
  }

  /** Settles when the other end has done all that was sent up to now, or does not say so for long. */
  async done(): Promise<void> {
    const goal = this.#sent
    if (this.#acknowledged < goal) await this.#reached(goal)
    const left = this.#last + DOING - this.#clock.now()
    if (left > 0) await new Promise<void>((resolve) => this.#clock.after(Math.min(left, DOING), resolve))
  }

  #reached(goal: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(PATIENCE, resolve)
      const look = () => {
        if (this.#acknowledged < goal) {
          this.#waiting.push(look)
          return
        }
        cancel()
        resolve()
      }
      this.#waiting.push(look)
    })
  }
}

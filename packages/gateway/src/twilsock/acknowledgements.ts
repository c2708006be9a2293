import type { GatewayContext } from './peer.ts'

const PREFIX = 'TM'
/** Milliseconds in which the vendor's client, having acknowledged a packet, has done what the packet says. */
const DOING = 10
/** Milliseconds after which nobody is waited for any more. */
const PATIENCE = 1000
/** Milliseconds after which a packet that was not acknowledged is lost: the vendor's client waits as long for an answer. */
const LOST = 30_000

/**
 * How far the other end is with the packets that came to it unasked: it acknowledges each at once, in their order, and acts on it a turn
 * of its loop later. What it asked for it acts on at once, so that an answer overtakes what was sent just before.
 *
 * So a packet that was passed over, or that nothing is heard of for long, did not arrive, though the connection lives; the client would
 * never ask for it.
 */
export class Acknowledgements {
  readonly #clock: GatewayContext['transport']
  #sent = 0
  #acknowledged = 0
  /** Milliseconds since 1970. */
  #last = 0
  #waiting: (() => void)[] = []
  readonly #lost: () => void
  #stopWatching: (() => void) | undefined

  /** @param lost hears that a packet did not arrive */
  constructor(clock: GatewayContext['transport'], lost: () => void) {
    this.#clock = clock
    this.#lost = lost
  }

  /** The id of the next packet. */
  next(): string {
    this.#sent++
    this.#watch()
    return `${PREFIX}${this.#sent}`
  }

  /** Nothing is awaited any more. */
  stop(): void {
    this.#stopWatching?.()
    this.#stopWatching = undefined
  }

  /** Hears that a packet has come. */
  came(id: string): void {
    const number = Number(id.slice(PREFIX.length))
    if (!(number > this.#acknowledged && number <= this.#sent)) return
    if (number > this.#acknowledged + 1) this.#lost()
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

  /** Looks once in a while whether there was any progress: a timer for each packet would cost more than the packet. */
  #watch(): void {
    const before = this.#acknowledged
    this.#stopWatching ??= this.#clock.after(LOST, () => {
      this.#stopWatching = undefined
      if (this.#acknowledged === this.#sent) return
      if (this.#acknowledged === before) this.#lost()
      else this.#watch()
    })
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

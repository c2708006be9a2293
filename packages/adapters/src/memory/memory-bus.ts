import type { Bus, BusMessage } from '@conversa/core'

type Hear = (messages: readonly BusMessage[]) => void

/** A bus between nodes in one process: for tests, which may let it lose everything. */
export class MemoryBus {
  readonly #hearers = new Map<object, Hear[]>()
  /** Whether messages arrive. */
  isUp = true

  /** Another node. */
  join(): Bus {
    const node = {}
    const own: Hear[] = []
    this.#hearers.set(node, own)
    return {
      publish: (messages) => this.#publish(node, messages),
      subscribe: (hear) => {
        own.push(hear)
      },
      close: async () => {
        this.#hearers.delete(node)
      },
    }
  }

  /** As a bus does it: later, and as text. */
  #publish(from: object, messages: readonly BusMessage[]): void {
    const text = JSON.stringify(messages)
    setImmediate(() => {
      if (!this.isUp) return
      for (const [node, hearers] of this.#hearers) if (node !== from) for (const hear of hearers) hear(JSON.parse(text))
    })
  }
}

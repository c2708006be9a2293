import type { Bus, BusMessage } from '@conversa/core'
import type { Faults } from './faults.ts'
import type { Host } from './node.ts'
import type { Trace } from './trace.ts'

interface Member {
  readonly host: Host
  readonly hearers: ((messages: readonly BusMessage[]) => void)[]
}

/** A bus between nodes that loses, delays, doubles and reorders what it carries, each message by itself. */
export class HintBus {
  readonly #faults: Faults
  readonly #trace: Trace
  readonly #members = new Set<Member>()
  /** Names of nodes that it does not reach, in either direction. */
  readonly cut = new Set<string>()

  constructor(faults: Faults, trace: Trace) {
    this.#faults = faults
    this.#trace = trace
  }

  /** One life of a node. */
  join(host: Host): Bus {
    const member: Member = { host, hearers: [] }
    this.#members.add(member)
    return {
      publish: (messages) => {
        for (const message of messages) this.#carry(member, message)
      },
      subscribe: (hear) => {
        member.hearers.push(hear)
      },
      close: async () => {
        this.#members.delete(member)
      },
    }
  }

  #carry(from: Member, message: BusMessage): void {
    const text = JSON.stringify(message)
    for (const to of this.#members) {
      if (to === from || to.host.process.isClosed) continue
      for (const delay of this.#faults.busDelays()) {
        to.host.timeline.after(delay, () => {
          if (this.cut.has(from.host.node) || this.cut.has(to.host.node)) return
          to.host.process.enter(() => {
            this.#trace.note(`${to.host.node} hears ${text}`)
            for (const hear of to.hearers) hear([JSON.parse(text)])
          })
        })
      }
    }
  }
}

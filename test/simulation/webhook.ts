import type { HookAnswer, HookPorts, HookRequest } from '@conversa/core'
import type { Faults } from './faults.ts'
import type { Host } from './node.ts'
import type { Trace } from './trace.ts'

/** Milliseconds after which an answer that does not come is given up. */
const PATIENCE = 5000

/** A webhook that nodes tell what happens. It may refuse, and its answers may get lost. */
export class SimulatedWebhook {
  readonly #faults: Faults
  readonly #trace: Trace
  /** In the order in which they came, repetitions too. */
  readonly heard: HookRequest[] = []

  constructor(faults: Faults, trace: Trace) {
    this.#faults = faults
    this.#trace = trace
  }

  /** How one life of a node reaches it. */
  portsOf({ process, timeline, node }: Host): HookPorts {
    return {
      send: (request) =>
        new Promise<HookAnswer>((resolve) => {
          const { delay, isHeard, status } = this.#faults.hook()
          const answer = (value: number | undefined) => process.enter(() => resolve({ status: value, body: '' }))
          timeline.after(delay, () => {
            this.#trace.note(`${node} tells ${request.eventId} ${isHeard} ${status}`)
            if (isHeard) this.heard.push(request)
          })
          if (status === undefined) timeline.after(PATIENCE, () => answer(undefined))
          else timeline.after(2 * delay, () => answer(status))
        }),
      unanswered: () => {},
    }
  }
}

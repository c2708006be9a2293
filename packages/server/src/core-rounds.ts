import type { Core } from '@conversa/core'
import type { Clock } from './clock.ts'
import { Rounds } from './rounds.ts'

/**
 * Milliseconds between two looks at files that are to be collected, at timers, since a state changes at most a second late, at
 * what other nodes committed, at what they left to be sent, and at what they held.
 */
const BETWEEN = { media: 30_000, timers: 500, nodes: 1000, outbox: 2000, leases: 60_000 } as const

/**
 * What a core does again and again by itself; whoever runs it starts them and stops them.
 *
 * @param failed hears of a round that failed
 */
export function coreRounds(core: Core, clock: Clock, failed: (error: unknown) => void): readonly Rounds[] {
  return [
    new Rounds(() => core.collectMedia(), BETWEEN.media, clock, failed),
    new Rounds(() => core.carryOutTimers(), BETWEEN.timers, clock, failed),
    ...(core.hasNodes ? roundsAmongNodes(core, clock, failed) : []),
  ]
}

function roundsAmongNodes(core: Core, clock: Clock, failed: (error: unknown) => void): readonly Rounds[] {
  return [
    new Rounds(() => core.lookAtNodes(), BETWEEN.nodes, clock, failed),
    new Rounds(() => core.startOutbox(), BETWEEN.outbox, clock, failed),
    new Rounds(() => core.forgetLeases(), BETWEEN.leases, clock, failed),
  ]
}

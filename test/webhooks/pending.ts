import type { Store } from '@conversa/core'
import { vi } from 'vitest'

/** A delivery that waits or was given up. */
interface Pending {
  readonly attempts: number
  readonly dead: boolean
}

/** Everything that webhooks are still to be told, and what they never took, in its order, on any store. */
export function pendingOf({ store }: { readonly store: Store }): Promise<Pending[]> {
  return store.read(async (reads) => {
    const queues = await reads.outboxQueues()
    const waiting = await Promise.all(queues.map((queue) => reads.outboxEntries(queue, 100)))
    const all = [...waiting.flat(), ...(await reads.deadEntries(0, 100))].sort((a, b) => a.id - b.id)
    return all.map(({ attempts, dead }) => ({ attempts, dead }))
  })
}

/** Waits until what is pending is as it should be. */
export async function pendingIs(server: { readonly store: Store }, check: (found: Pending[]) => void): Promise<void> {
  await vi.waitFor(async () => check(await pendingOf(server)), { timeout: 20_000, interval: 5 })
}

import { Refusal } from '../records/refusal.ts'
import { StoreDamaged } from './store-damaged.ts'

/** What a store throws that cannot do it now, but may in a moment: its database does not answer, or has too much to do. */
export class StoreUnavailable extends Error {
  constructor(reason: string, cause?: unknown) {
    super(`unable to use the store: ${reason}`, { cause })
  }
}

/** What to tell whoever asked for something that ended in a fault: whether it is worth trying again, and nothing of the fault. */
export function refusalAfter(fault: unknown): Refusal {
  if (fault instanceof StoreDamaged) return new Refusal('data-damaged')
  return new Refusal(fault instanceof StoreUnavailable ? 'unavailable' : 'internal')
}

import type { Reachability } from '@conversa/protocol'
import type { Published } from '../commands/changes.ts'
import type { Reads, UserKey } from '../ports/store.ts'
import type { WebhookRecord } from '../records/records.ts'

/** A change as a whole, of which webhooks, carriers and devices are told event by event. */
export interface Happening {
  readonly published: readonly Published[]
  /** When it happens, milliseconds since 1970. */
  readonly now: number
  /** Webhooks that come to be with it. */
  readonly attached?: readonly WebhookRecord[]
  /** Whether time alone brought it about. */
  readonly isElapse?: boolean
  /** Whether webhooks are not to be told. */
  readonly isSilent?: boolean
  /** How a user can be reached; null where the service does not tell. */
  readonly reachability?: ((reads: Reads, key: UserKey) => Promise<Reachability | null>) | undefined
}

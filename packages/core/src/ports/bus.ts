import type { Event } from '@conversa/protocol'
import type { OutboxQueue } from '../records/outbox-entry.ts'
import type { UserKey } from './store.ts'

/** Says that something was committed, never what: whoever cares reads it (G10). To hear it twice, late or never loses nothing. */
export type Notice =
  | { readonly about: 'conversation'; readonly conversationSid: string; readonly revision: number }
  | ({ readonly about: 'user'; readonly revision: number } & UserKey)
  /** The user may have become reachable by push, or may not be any more. */
  | ({ readonly about: 'reachability' } & UserKey)
  /** Settings of the service changed. */
  | { readonly about: 'service'; readonly serviceSid: string }
  /** It was set anew who hears of events. */
  | { readonly about: 'webhooks' }

/** There is something in the outbox, which another node may be sending. */
export interface OutboxWaiting {
  readonly about: 'outbox'
  readonly queues: readonly OutboxQueue[]
  /** Whether the first entry of each is due, whatever they waited for before. */
  readonly areDue?: boolean
}

/** What passes by and is nowhere stored: somebody types. */
export interface Passing {
  readonly about: 'passing'
  readonly serviceSid: string
  readonly event: Event & { readonly conversationSid: string }
  /** Who it comes from, and does not hear it. */
  readonly except: string
}

/** Who has a session open on a node. Versions count the changes, so that whoever missed one notices and asks. */
export type PresenceMessage =
  | {
      readonly about: 'moved'
      readonly node: string
      readonly version: number
      readonly user: UserKey
      readonly isPresent: boolean
    }
  | { readonly about: 'alive'; readonly node: string; readonly version: number }
  | { readonly about: 'present'; readonly node: string; readonly version: number; readonly users: readonly UserKey[] }
  | { readonly about: 'who'; readonly node: string }
  | { readonly about: 'left'; readonly node: string }

export type BusMessage = Notice | OutboxWaiting | Passing | PresenceMessage

/** Carries messages between nodes, as fast as it can and without promises: what matters is in the store. */
export interface Bus {
  /** Sends to all other nodes. It neither throws nor waits; what cannot be sent now is dropped. */
  publish(messages: readonly BusMessage[]): void
  /** Hears what other nodes send, from now on. */
  subscribe(hear: (messages: readonly BusMessage[]) => void): void
  close(): Promise<void>
}

/** What was committed since it was asked last, by whichever node. Nothing is passed over, whatever is committed in which order. */
export interface Feed {
  /**
   * @returns the notices; undefined when some may be missing since it was not asked for too long: then anything may have changed
   * @throws when the store cannot be read now; the next call goes on where this one began
   */
  poll(): Promise<readonly Notice[] | undefined>
}

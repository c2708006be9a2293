import type { Tx } from '../ports/store.ts'
import type { OutboxEntry, OutboxKind, OutboxQueue } from '../records/outbox-entry.ts'

/** What became of a try to send something. */
export interface Attempt {
  /** It arrived; it is to be tried again; or it will never arrive, however often it is tried. */
  readonly outcome: 'arrived' | 'failed' | 'refused'
  /** Milliseconds until the next try; longer and longer ones when it is not given. */
  readonly pause?: number | undefined
}

/** How the dispatcher counts a try: after the last one that failed the entry is a dead letter. */
export type OutboxOutcome = 'delivered' | 'failed' | 'refused' | 'dead'

export const OUTBOX_OUTCOMES: readonly OutboxOutcome[] = ['delivered', 'failed', 'refused', 'dead']

/** Under which lease a node may do something. @property token undefined while another node has it, or none */
export interface Tenure {
  readonly lease: string
  readonly token: number | undefined
}

/** Sends the entries of one kind. */
export interface Courier<Kind extends OutboxKind = OutboxKind, Answer extends Attempt = Attempt> {
  readonly kind: Kind
  /** Tries until an entry becomes a dead letter. */
  readonly tries: number
  /** Queues of one destination that are worked on at once. */
  readonly atOnce: number
  /**
   * The lease under which one node alone sends to a destination, where it has to have something for that.
   *
   * @returns undefined where any node may: the first one that comes then does
   */
  tenure?(queue: OutboxQueue): Tenure | undefined
  /**
   * Tries to send an entry. After a crash it is asked again for one that it has sent already: what it sends has an id by which the
   * other side can tell. What it throws is a fault of the store: it is asked again.
   */
  send(entry: OutboxEntry<Kind>): Promise<Answer>
  /**
   * Stores what follows from a try, in one transaction with what becomes of the entry; without it nothing follows.
   *
   * @param write what becomes of the entry: runs first in the transaction, and fails when another node has taken over
   */
  settle?(
    entry: OutboxEntry<Kind>,
    settled: { readonly answer: Answer; readonly outcome: OutboxOutcome },
    write: (tx: Tx) => Promise<void>,
  ): Promise<void>
}

/** A courier whose kind is not known any more: it is only given what is of it. */
export type AnyCourier = Courier<OutboxKind, Attempt>

/** Forgets of which kind a courier is; the dispatcher gives each one the entries of its kind. */
export function anyCourier<Kind extends OutboxKind, Answer extends Attempt>(courier: Courier<Kind, Answer>): AnyCourier {
  return courier as unknown as AnyCourier
}

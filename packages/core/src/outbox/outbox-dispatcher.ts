import type { After, Now } from '../ports/ports.ts'
import { LeaseLost, type Store, type Tx } from '../ports/store.ts'
import type { OutboxEntry, OutboxKind, OutboxQueue } from '../records/outbox-entry.ts'
import { queueOf } from './outbox.ts'
import type { AnyCourier, OutboxOutcome, Tenure } from './outbox-courier.ts'

/** What hears how sending goes. */
export interface OutboxObserver {
  /** Hears how each try ended. */
  tried(kind: OutboxKind, outcome: OutboxOutcome): void
  /** Hears that an entry was given up. */
  gaveUp(entry: OutboxEntry): void
  /** Hears that the store failed; it is asked again. */
  failed(error: unknown): void
}

const FIRST_PAUSE = 1000
const LONGEST_PAUSE = 600_000
/** Milliseconds after which another node takes a destination over from one that does not go on. */
const LEASE = 15_000
const BATCH = 32

/** The queues of one destination: a slow one holds up nobody else. */
interface Lane {
  readonly waiting: Map<string, OutboxQueue>
  readonly active: Set<string>
}

/** Whether this node sends to a destination, as it was when it asked last. */
interface Held {
  /** Undefined when another node does. */
  readonly token: number | undefined
  readonly at: number
}

const laneName = ({ kind, destination }: OutboxQueue) => `${kind} ${destination}`
const leaseName = (lane: string) => `outbox ${lane}`
const nameOf = ({ subject }: OutboxQueue) => subject
const pauseName = (queue: OutboxQueue) => `${laneName(queue)} ${queue.subject}`

/**
 * Sends what waits in the outbox: in order per destination and subject, again and again with longer and longer pauses until it
 * arrives or is given up. What was sent is removed afterwards, so that after a crash it is sent again (G9).
 */
export class OutboxDispatcher {
  readonly #store: Store
  readonly #now: Now
  readonly #after: After
  readonly #couriers: ReadonlyMap<OutboxKind, AnyCourier>
  readonly #observer: OutboxObserver | undefined
  readonly #lanes = new Map<string, Lane>()
  /** Queues that pause, and how their pause is ended. */
  readonly #pauses = new Map<string, () => void>()
  readonly #working = new Set<Promise<void>>()
  readonly #held = new Map<string, Held>()
  #stopped = false

  /** @param couriers one for each kind that is sent; what is of another kind waits */
  constructor(
    { store, now, after }: { store: Store; now: Now; after: After },
    couriers: readonly AnyCourier[],
    observer?: OutboxObserver,
  ) {
    this.#store = store
    this.#now = now
    this.#after = after
    this.#couriers = new Map(couriers.map((courier) => [courier.kind, courier]))
    this.#observer = observer
  }

  /** Begins with what an earlier process left, or another node that does not go on. */
  async start(): Promise<void> {
    if (this.#couriers.size > 0) this.wake(await this.#store.read((reads) => reads.outboxQueues()))
  }

  /** Hears that there is something in queues. */
  wake(queues: readonly OutboxQueue[]): void {
    for (const queue of queues) {
      const courier = this.#couriers.get(queue.kind)
      if (this.#stopped || !courier || this.#pauses.has(pauseName(queue))) continue
      const lane = this.#lane(queue)
      lane.waiting.set(nameOf(queue), queueOf(queue))
      this.#fill(laneName(queue), lane, courier)
    }
  }

  /** The same for queues whose first entry is due, whatever they waited for before. */
  retry(queues: readonly OutboxQueue[]): void {
    for (const queue of queues) {
      this.#pauses.get(pauseName(queue))?.()
      this.#pauses.delete(pauseName(queue))
    }
    this.wake(queues)
  }

  /** Waits until nothing is under way: every queue is empty or pauses. */
  async settled(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working)
  }

  /** Begins nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const end of this.#pauses.values()) end()
    this.#pauses.clear()
    await Promise.all(this.#working)
    for (const lane of this.#held.keys()) await this.#store.leases?.release(leaseName(lane)).catch(() => {})
  }

  #lane(queue: OutboxQueue): Lane {
    const known = this.#lanes.get(laneName(queue))
    if (known) return known
    const lane: Lane = { waiting: new Map(), active: new Set() }
    this.#lanes.set(laneName(queue), lane)
    return lane
  }

  #fill(ofLane: string, lane: Lane, courier: AnyCourier): void {
    for (const [name, queue] of lane.waiting) {
      if (this.#stopped || lane.active.size >= courier.atOnce) return
      if (lane.active.has(name)) continue
      lane.waiting.delete(name)
      lane.active.add(name)
      const work = this.#empty(queue, courier).then(() => {
        this.#working.delete(work)
        lane.active.delete(name)
        if (lane.active.size === 0 && lane.waiting.size === 0) this.#lanes.delete(ofLane)
        else this.#fill(ofLane, lane, courier)
      })
      this.#working.add(work)
    }
  }

  /** Sends what is in a queue, until it is empty or has to pause. */
  async #empty(queue: OutboxQueue, courier: AnyCourier): Promise<void> {
    try {
      for (;;) {
        if ((await this.#hold(queue)) === undefined) return
        const batch = await this.#store.read((reads) => reads.outboxEntries(queue, BATCH))
        if (batch.length === 0) return
        for (const entry of batch) {
          if (this.#stopped) return
          const pause = entry.due - this.#now()
          if (pause > 0) return this.#pause(queue, pause)
          const token = await this.#hold(queue)
          if (token === undefined) return
          if (!(await this.#send(entry, courier, token))) break
        }
      }
    } catch (error) {
      if (error instanceof LeaseLost) {
        this.#held.delete(laneName(queue))
        return
      }
      this.#observer?.failed(error)
      this.#pause(queue, FIRST_PAUSE)
    }
  }

  /** @returns whether the next one may follow */
  async #send(entry: OutboxEntry, courier: AnyCourier, token: number): Promise<boolean> {
    const release = this.#keepHolding(entry)
    const answer = await courier.send(entry).finally(release)
    const attempts = entry.attempts + 1
    const isDead = answer.outcome === 'failed' && attempts >= courier.tries
    const outcome = isDead ? 'dead' : answer.outcome === 'arrived' ? 'delivered' : answer.outcome
    const pause = answer.pause ?? Math.min(FIRST_PAUSE * 2 ** entry.attempts, LONGEST_PAUSE)
    const tried = { ...entry, attempts, due: this.#now() + pause, dead: isDead }
    const write = async (tx: Tx) => {
      await this.#require(tx, entry, token)
      if (answer.outcome === 'failed') tx.saveEntry(tried)
      else tx.removeEntry(entry.id)
    }
    if (courier.settle) await courier.settle(entry, { answer, outcome }, write)
    else await this.#store.transact([], write)
    this.#observer?.tried(entry.kind, outcome)
    if (isDead) this.#observer?.gaveUp(tried)
    return outcome !== 'failed'
  }

  /**
   * Holds the others off a destination.
   *
   * @returns the token under which this node sends to it; undefined when another one does
   */
  async #hold(queue: OutboxQueue): Promise<number | undefined> {
    const { leases } = this.#store
    if (!leases) return 0
    const tenure = this.#tenure(queue)
    if (tenure) return tenure.token
    const lane = laneName(queue)
    const held = this.#held.get(lane)
    const at = this.#now()
    if (held && at - held.at < LEASE / 3) return held.token
    const token = await leases.hold(leaseName(lane), LEASE)
    this.#held.set(lane, { token, at })
    return token
  }

  /** Renews the lease while something is sent that takes long. @returns ends it */
  #keepHolding(queue: OutboxQueue): () => void {
    if (!this.#store.leases) return () => {}
    let end = this.#after(LEASE / 3, () => {
      end = this.#keepHolding(queue)
      // Who lost it learns so when the answer is to be written.
      this.#hold(queue).catch(() => {})
    })
    return () => end()
  }

  /** What another node has taken over meanwhile is not for this one to say. */
  async #require(tx: Tx, queue: OutboxQueue, token: number): Promise<void> {
    if (this.#store.leases) await tx.requireLease(this.#tenure(queue)?.lease ?? leaseName(laneName(queue)), token)
  }

  #tenure(queue: OutboxQueue): Tenure | undefined {
    return this.#couriers.get(queue.kind)?.tenure?.(queue)
  }

  #pause(queue: OutboxQueue, milliseconds: number): void {
    if (this.#stopped) return
    const end = this.#after(milliseconds, () => {
      this.#pauses.delete(pauseName(queue))
      this.wake([queue])
    })
    // One that was woken meanwhile may have set another.
    this.#pauses.get(pauseName(queue))?.()
    this.#pauses.set(pauseName(queue), end)
  }
}

import type { After, Now } from './ports.ts'
import type { HookDelivery } from './records.ts'
import { type HookQueue, LeaseLost, type Store, type Tx } from './store.ts'

/** One request to a webhook. */
export type HookRequest = Pick<HookDelivery, 'eventId' | 'accountSid' | 'url' | 'method' | 'fields'>

/** What a webhook answered; without a status it did not, or not in time. */
export interface HookAnswer {
  readonly status: number | undefined
  readonly body: string
}

/** How a try ended: it arrived, it is tried again, or it was the last. */
export type HookOutcome = 'delivered' | 'failed' | 'dead'

/** What telling webhooks needs of the world. */
export interface HookPorts {
  /** Hears how each try to tell a webhook ended. */
  tried?(outcome: HookOutcome): void
  /** Sends one request and waits for its answer, a few seconds at most. It never rejects. */
  send(request: HookRequest): Promise<HookAnswer>
  /** Hears that a delivery was given up. */
  gaveUp(delivery: HookDelivery): void
  /** Hears that a webhook that was asked before something gave no answer in time; it happens nevertheless. */
  unanswered(webhookSid: string, event: string): void
  /** Hears that the store failed; it is asked again. */
  failed(error: unknown): void
}

/** Tries until a delivery becomes a dead letter: somewhat more than an hour and a half. */
export const HOOK_TRIES = 20
const FIRST_PAUSE = 1000
const LONGEST_PAUSE = 600_000
/** Milliseconds after which another node takes a webhook over from one that does not go on. */
const LEASE = 15_000
/** Queues of one webhook that are worked on at once. */
const AT_ONCE = 8
const BATCH = 32

/** The queues of one webhook: a slow one holds up nobody else. */
interface Lane {
  readonly waiting: Map<string, HookQueue>
  readonly active: Set<string>
}

/** Whether this node tells a webhook, as it was when it asked last. */
interface Held {
  /** Undefined when another node tells it. */
  readonly token: number | undefined
  readonly at: number
}

const leaseName = (webhookSid: string) => `hooks ${webhookSid}`
const nameOf = ({ subject }: HookQueue) => subject

/**
 * Tells webhooks what waits for them: in order per webhook and subject, again and again with longer and longer pauses until it
 * arrives or is given up. What was told is removed afterwards, so that after a crash it is told again (G9).
 */
export class HookDispatcher {
  readonly #store: Store
  readonly #now: Now
  readonly #after: After
  readonly #ports: HookPorts
  readonly #lanes = new Map<string, Lane>()
  /** Queues that pause, and how their pause is ended. */
  readonly #pauses = new Map<string, () => void>()
  readonly #working = new Set<Promise<void>>()
  readonly #held = new Map<string, Held>()
  #stopped = false

  constructor({ store, now, after }: { store: Store; now: Now; after: After }, ports: HookPorts) {
    this.#store = store
    this.#now = now
    this.#after = after
    this.#ports = ports
  }

  /** Begins with what an earlier process left, or another node that does not go on. */
  async start(): Promise<void> {
    this.wake(await this.#store.read((reads) => reads.hookQueues()))
  }

  /** Hears that there is something in queues. */
  wake(queues: readonly HookQueue[]): void {
    for (const queue of queues) {
      if (this.#stopped || this.#pauses.has(pauseName(queue))) continue
      const lane = this.#lane(queue)
      lane.waiting.set(nameOf(queue), { webhookSid: queue.webhookSid, subject: queue.subject })
      this.#fill(queue.webhookSid, lane)
    }
  }

  /** The same for queues whose first delivery is due, whatever they waited for before. */
  retry(queues: readonly HookQueue[]): void {
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
    for (const webhookSid of this.#held.keys()) await this.#store.leases?.release(leaseName(webhookSid)).catch(() => {})
  }

  #lane({ webhookSid }: HookQueue): Lane {
    const known = this.#lanes.get(webhookSid)
    if (known) return known
    const lane: Lane = { waiting: new Map(), active: new Set() }
    this.#lanes.set(webhookSid, lane)
    return lane
  }

  #fill(webhookSid: string, lane: Lane): void {
    for (const [name, queue] of lane.waiting) {
      if (this.#stopped || lane.active.size >= AT_ONCE) return
      if (lane.active.has(name)) continue
      lane.waiting.delete(name)
      lane.active.add(name)
      const work = this.#empty(queue).then(() => {
        this.#working.delete(work)
        lane.active.delete(name)
        if (lane.active.size === 0 && lane.waiting.size === 0) this.#lanes.delete(webhookSid)
        else this.#fill(webhookSid, lane)
      })
      this.#working.add(work)
    }
  }

  /** Tells what is in a queue, until it is empty or has to pause. */
  async #empty(queue: HookQueue): Promise<void> {
    try {
      for (;;) {
        if ((await this.#hold(queue)) === undefined) return
        const batch = await this.#store.read((reads) => reads.hookDeliveries(queue, BATCH))
        if (batch.length === 0) return
        for (const delivery of batch) {
          if (this.#stopped) return
          const pause = delivery.due - this.#now()
          if (pause > 0) return this.#pause(queue, pause)
          const token = await this.#hold(queue)
          if (token === undefined) return
          if (!(await this.#tell(delivery, token))) break
        }
      }
    } catch (error) {
      if (error instanceof LeaseLost) {
        this.#held.delete(queue.webhookSid)
        return
      }
      this.#ports.failed(error)
      this.#pause(queue, FIRST_PAUSE)
    }
  }

  /** @returns whether the next one may follow */
  async #tell(delivery: HookDelivery, token: number): Promise<boolean> {
    const attempts = delivery.attempts + 1
    const fields = { ...delivery.fields, RetryCount: String(delivery.attempts) }
    const { status } = await this.#ports.send({ ...delivery, fields })
    if (status !== undefined && status >= 200 && status < 300) {
      await this.#store.transact([], async (tx) => {
        await this.#require(tx, delivery, token)
        tx.removeHook(delivery.id)
      })
      this.#ports.tried?.('delivered')
      return true
    }
    const pause = Math.min(FIRST_PAUSE * 2 ** delivery.attempts, LONGEST_PAUSE)
    const tried = { ...delivery, attempts, due: this.#now() + pause, dead: attempts >= HOOK_TRIES }
    await this.#store.transact([], async (tx) => {
      await this.#require(tx, delivery, token)
      tx.saveHook(tried)
    })
    this.#ports.tried?.(tried.dead ? 'dead' : 'failed')
    if (tried.dead) this.#ports.gaveUp(tried)
    return tried.dead
  }

  /**
   * Holds the others off a webhook.
   *
   * @returns the token under which this node tells it; undefined when another one does
   */
  async #hold({ webhookSid }: HookQueue): Promise<number | undefined> {
    const { leases } = this.#store
    if (!leases) return 0
    const held = this.#held.get(webhookSid)
    const at = this.#now()
    if (held && at - held.at < LEASE / 3) return held.token
    const token = await leases.hold(leaseName(webhookSid), LEASE)
    this.#held.set(webhookSid, { token, at })
    return token
  }

  /** What another node has taken over meanwhile is not for this one to say. */
  async #require(tx: Tx, { webhookSid }: HookQueue, token: number): Promise<void> {
    if (this.#store.leases) await tx.requireLease(leaseName(webhookSid), token)
  }

  #pause(queue: HookQueue, milliseconds: number): void {
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

const pauseName = ({ webhookSid, subject }: HookQueue) => `${webhookSid} ${subject}`

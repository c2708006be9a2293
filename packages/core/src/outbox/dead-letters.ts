import type { Reads, Store } from '../ports/store.ts'
import type { Page } from '../queries/inquiry.ts'
import type { OutboxEntry, OutboxKind, OutboxQueue } from '../records/outbox-entry.ts'
import { Refusal } from '../records/refusal.ts'

/** Dead letters that are read or replayed in one go. */
const BATCH = 100

/** Which dead letters of an account are meant. */
export interface DeadLetterFilter {
  /** Only those of one kind. */
  readonly kind?: OutboxKind | undefined
  /** Only those to one webhook, or from one address of ours. */
  readonly destination?: string | undefined
}

/** What was to leave the server and never arrived: it waits here until somebody wants it tried again. */
export class DeadLetters {
  readonly #store: Store
  readonly #retry: (queues: readonly OutboxQueue[]) => void

  /** @param retry hears in which queues there is something to be tried now */
  constructor(store: Store, retry: (queues: readonly OutboxQueue[]) => void) {
    this.#store = store
    this.#retry = retry
  }

  /**
   * A page of an account's dead letters, oldest event first.
   *
   * @param after the id of the last one before the page
   */
  list(accountSid: string, after: number, limit: number, filter: DeadLetterFilter = {}): Promise<Page<OutboxEntry>> {
    return this.#store.read(async (reads) => {
      const items = await letters(reads, accountSid, { after, limit: limit + 1, filter })
      return { items: items.slice(0, limit), more: items.length > limit }
    })
  }

  /** One dead letter of an account. */
  async find(accountSid: string, id: number): Promise<OutboxEntry | Refusal> {
    return (await this.#store.read((reads) => one(reads, accountSid, id))) ?? new Refusal('resource-not-found')
  }

  /** Lets a dead letter be tried again at once, before what else waits in its queue. */
  async replay(accountSid: string, id: number): Promise<OutboxEntry | Refusal> {
    const letter = await this.#store.transact([], async (tx) => {
      const found = await one(tx, accountSid, id)
      if (found) tx.saveEntry(revived(found))
      return found
    })
    if (!letter) return new Refusal('resource-not-found')
    this.#retry([letter])
    return revived(letter)
  }

  /**
   * Does the same to all of an account that are there now.
   *
   * @returns how many
   */
  async replayAll(accountSid: string, filter: DeadLetterFilter = {}): Promise<number> {
    let count = 0
    let after = 0
    for (;;) {
      const from = after
      const batch = await this.#store.transact([], async (tx) => {
        const found = await letters(tx, accountSid, { after: from, limit: BATCH, filter })
        for (const letter of found) tx.saveEntry(revived(letter))
        return found
      })
      const last = batch.at(-1)
      if (!last) return count
      this.#retry(batch)
      count += batch.length
      // Those that die again meanwhile are behind: nothing is revived twice.
      after = last.id
    }
  }
}

const revived = (letter: OutboxEntry): OutboxEntry => ({ ...letter, dead: false, due: 0, attempts: 0 })

async function one(reads: Reads, accountSid: string, id: number): Promise<OutboxEntry | undefined> {
  const [letter] = await reads.deadEntries(id - 1, 1)
  return letter?.id === id && letter.accountSid === accountSid ? letter : undefined
}

interface Wanted {
  readonly after: number
  readonly limit: number
  readonly filter: DeadLetterFilter
}

/** Accounts, kinds and destinations are told apart here: there are few dead letters, and they are looked at seldom. */
async function letters(reads: Reads, accountSid: string, { after, limit, filter }: Wanted): Promise<OutboxEntry[]> {
  const found: OutboxEntry[] = []
  let from = after
  for (;;) {
    const batch = await reads.deadEntries(from, BATCH)
    for (const letter of batch) {
      const { kind = letter.kind, destination = letter.destination } = filter
      const isOf = letter.accountSid === accountSid && letter.kind === kind && letter.destination === destination
      if (isOf && found.push(letter) === limit) return found
    }
    const last = batch.at(-1)
    if (!last) return found
    from = last.id
  }
}

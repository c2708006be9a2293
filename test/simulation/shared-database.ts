import { MemoryStore } from '@conversa/adapters/memory'
import { type Awaitable, type Notice, type Scope, StoreUnavailable, type Tx } from '@conversa/core'
import { altered } from './altered.ts'
import { LeaseRows } from './lease-rows.ts'
import { NoticeRows } from './notice-rows.ts'
import type { Timeline } from './timeline.ts'

/** Milliseconds after which a transaction that does not go on is undone, so that it holds nobody up. */
const LONGEST_TRANSACTION = 10_000

interface Transaction {
  readonly id: number
  isUndone: boolean
}

/**
 * A database that several nodes share, as PostgreSQL is one: transactions overlap, each leaves notices for the other nodes, and leases are
 * rows. It lives on whatever becomes of the nodes.
 */
export class SharedDatabase {
  readonly #timeline: Timeline
  readonly store = new MemoryStore({ schedule: (run) => run() })
  readonly notices: NoticeRows
  readonly leases: LeaseRows
  /** Writes to the outbox by a node that was not the last one to take the lease for it. */
  readonly unfenced: string[] = []
  /** Works that were refused for the moment, since their transaction took too long. */
  refused = 0

  constructor(timeline: Timeline) {
    this.#timeline = timeline
    this.notices = new NoticeRows(timeline.now)
    this.leases = new LeaseRows(timeline.now)
  }

  begin(): Transaction {
    const transaction: Transaction = { id: this.notices.begin(), isUndone: false }
    this.#timeline.after(LONGEST_TRANSACTION, () => this.rollback(transaction))
    return transaction
  }

  rollback(transaction: Transaction): void {
    transaction.isUndone = true
    this.notices.rollback(transaction.id)
  }

  /**
   * Runs a work in a transaction and commits it.
   *
   * @param holder who takes leases
   * @throws StoreUnavailable when the transaction was undone meanwhile
   */
  async commit<T>(
    transaction: Transaction,
    scopes: readonly Scope[],
    work: (tx: Tx) => Awaitable<T>,
    holder: string,
  ): Promise<T> {
    if (transaction.isUndone) {
      this.refused++
      throw new StoreUnavailable('the transaction took too long')
    }
    let watched = new Watched(this.leases, holder)
    try {
      const value = await this.store.transact(scopes, (tx) => {
        watched = new Watched(this.leases, holder)
        return work(watched.over(tx))
      })
      this.notices.commit(transaction.id, watched.notices)
      if (watched.isUnfenced) this.unfenced.push(`${holder} wrote to the outbox without the lease`)
      return value
    } catch (error) {
      this.rollback(transaction)
      throw error
    }
  }
}

/** What a transaction wrote that others are to be told, and whether it was allowed to write to the outbox. */
class Watched {
  readonly notices: Notice[] = []
  readonly #leases: LeaseRows
  readonly #holder: string
  #isFenced = false
  isUnfenced = false

  constructor(leases: LeaseRows, holder: string) {
    this.#leases = leases
    this.#holder = holder
  }

  over(tx: Tx): Tx {
    return altered<Tx>(tx, { ...this.#leaving(tx), ...this.#fenced(tx) })
  }

  /** The same notices that the PostgreSQL store leaves. */
  #leaving(tx: Tx): Partial<Tx> {
    const leave = (notice: Notice) => this.notices.push(notice)
    const about = ({ sid: conversationSid, revision }: { sid: string; revision: number }) =>
      leave({ about: 'conversation', conversationSid, revision })
    return {
      saveConversation: (record) => {
        about(record)
        tx.saveConversation(record)
      },
      removeConversation: (record) => {
        about(record)
        tx.removeConversation(record)
      },
      saveUser: (record) => {
        leave({ about: 'user', serviceSid: record.serviceSid, identity: record.identity, revision: record.revision })
        tx.saveUser(record)
      },
      saveService: (record) => {
        leave({ about: 'service', serviceSid: record.sid })
        tx.saveService(record)
      },
      saveWebhook: (record) => {
        leave({ about: 'webhooks' })
        tx.saveWebhook(record)
      },
    }
  }

  #fenced(tx: Tx): Partial<Tx> {
    return {
      requireLease: (name, token) => {
        this.#leases.require(name, token)
        this.#isFenced = this.#leases.isLastHeldBy(name, this.#holder)
      },
      saveEntry: (entry) => {
        this.isUnfenced ||= !this.#isFenced
        tx.saveEntry(entry)
      },
      removeEntry: (id) => {
        this.isUnfenced ||= !this.#isFenced
        tx.removeEntry(id)
      },
    }
  }
}

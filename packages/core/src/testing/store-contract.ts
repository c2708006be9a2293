import { describe } from 'vitest'
import type { Store } from '../ports/store.ts'
import { storeAccountsContract } from './store-contract-accounts.ts'
import { storeBackEndContract } from './store-contract-back-end.ts'
import { storeChannelsContract } from './store-contract-channels.ts'
import { storeHooksContract } from './store-contract-hooks.ts'
import { storeLeasesContract } from './store-contract-leases.ts'
import { storeListContract } from './store-contract-lists.ts'
import { storeDurabilityContract, storeLogContract } from './store-contract-log.ts'
import { storeMediaContract } from './store-contract-media.ts'
import { storeOutboxContract } from './store-contract-outbox.ts'
import { storePushContract } from './store-contract-push.ts'
import { storeRowsContract } from './store-contract-rows.ts'
import { storeTransactionContract } from './store-contract-transactions.ts'

/** An empty store. */
export interface OpenedStore {
  readonly store: Store
}

/** An empty store, and how to open what it kept after it was closed. */
export interface DurableStore extends OpenedStore {
  readonly reopen: () => Promise<Store>
}

/**
 * The acceptance suite of the `Store` port: whatever passes it can stand under the core.
 *
 * @param open opens an empty store; the suite closes it
 */
export function describeStore(name: string, open: () => Promise<OpenedStore>): void {
  describe(`the store contract on ${name}`, () => {
    storeTransactionContract(open)
    storeRowsContract(open)
    storeBackEndContract(open)
    storeAccountsContract(open)
    storeListContract(open)
    storeLogContract(open)
    storeMediaContract(open)
    storePushContract(open)
    storeHooksContract(open)
    storeOutboxContract(open)
    storeChannelsContract(open)
  })
}

/** The same for a store that outlives its process. */
export function describeDurableStore(name: string, open: () => Promise<DurableStore>): void {
  describeStore(name, open)
  describe(`the store contract on ${name}, closed`, () => storeDurabilityContract(open))
}

/** The same for one that several nodes share. */
export function describeSharedStore(name: string, open: () => Promise<DurableStore>): void {
  describeDurableStore(name, open)
  describe(`the store contract on ${name}, shared`, () => storeLeasesContract(open))
}

import { pairOf } from '../commands/non-chat-participant.ts'
import type { Now } from '../ports/ports.ts'
import type { Reads, Store } from '../ports/store.ts'
import type { Page } from '../queries/inquiry.ts'
import { canonicalAddress, checkAddresses } from '../records/address.ts'
import type { AddressPair, OptOutRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'

/** Which opt-outs of an account are meant: of one person, from one address of ours, or both. */
type OptOutFilter = { readonly [Name in keyof AddressPair]?: string | undefined }

/** Opt-outs that are read in one go. */
const BATCH = 500

/** Who opted out, for whoever runs the server. */
export class OptOuts {
  readonly #store: Store
  readonly #now: Now

  constructor(store: Store, now: Now) {
    this.#store = store
    this.#now = now
  }

  /**
   * A page of an account's opt-outs, in the order of its addresses.
   *
   * @param after the last one before the page
   */
  list(
    accountSid: string,
    after: AddressPair | undefined,
    limit: number,
    filter: OptOutFilter = {},
  ): Promise<Page<OptOutRecord>> {
    return this.#store.read(async (reads) => {
      const items = await matching(reads, accountSid, { after, limit: limit + 1, filter: canonical(filter) })
      return { items: items.slice(0, limit), more: items.length > limit }
    })
  }

  /**
   * Ends that an address of ours writes to somebody, as STOP does, on whatever channel. Nobody is told.
   *
   * @returns the opt-out, which is the one that was there if they had opted out before, and whether it is new
   */
  async add(
    accountSid: string,
    pair: AddressPair,
  ): Promise<{ readonly optOut: OptOutRecord; readonly isNew: boolean } | Refusal> {
    const refusal = checkAddresses(pair)
    if (refusal) return refusal
    const addresses = pairOf(pair)
    return this.#store.transact([{ addresses }], async (tx) => {
      const found = await tx.optOut(accountSid, addresses)
      const optOut = found ?? { accountSid, ...addresses, dateCreated: this.#now() }
      if (!found) tx.saveOptOut(optOut)
      return { optOut, isNew: !found }
    })
  }

  /** Lets an address of ours write to somebody again. @returns the opt-out that was there */
  remove(accountSid: string, pair: AddressPair): Promise<OptOutRecord | Refusal> {
    const addresses = pairOf(pair)
    return this.#store.transact([{ addresses }], async (tx) => {
      const found = await tx.optOut(accountSid, addresses)
      if (found) tx.removeOptOut(accountSid, addresses)
      return found ?? new Refusal('resource-not-found')
    })
  }
}

function canonical({ address, proxyAddress }: OptOutFilter): OptOutFilter {
  return {
    ...(address !== undefined && { address: canonicalAddress(address) }),
    ...(proxyAddress !== undefined && { proxyAddress: canonicalAddress(proxyAddress) }),
  }
}

interface Wanted {
  readonly after: AddressPair | undefined
  readonly limit: number
  readonly filter: OptOutFilter
}

/** People are told apart here: they are looked for seldom. */
async function matching(reads: Reads, accountSid: string, { after, limit, filter }: Wanted): Promise<OptOutRecord[]> {
  const found: OptOutRecord[] = []
  const { proxyAddress, address } = filter
  let from = after ?? (proxyAddress === undefined ? undefined : { proxyAddress, address: '' })
  for (;;) {
    const batch = await reads.optOuts(accountSid, from, BATCH)
    for (const one of batch) {
      if (proxyAddress !== undefined && one.proxyAddress > proxyAddress) return found
      const isOf = (proxyAddress ?? one.proxyAddress) === one.proxyAddress && (address ?? one.address) === one.address
      if (isOf && found.push(one) === limit) return found
    }
    if (batch.length < BATCH) return found
    from = batch.at(-1)
  }
}

import { canonicalAddress } from '../records/address.ts'
import type { ChannelAdapter, ChannelRoute } from './channel.ts'

/** Stands for all addresses that no other route has. */
const ALL_OTHERS = '*'

/** Which adapter speaks for which address of which account. */
export class ChannelTable {
  readonly #routes = new Map<string, ChannelRoute>()
  readonly #accounts: ReadonlySet<string>

  constructor(routes: readonly ChannelRoute[]) {
    this.#accounts = new Set(routes.map(({ account }) => account.sid))
    for (const route of routes) {
      for (const address of route.addresses) this.#routes.set(`${route.account.sid} ${canonicalAddress(address)}`, route)
    }
  }

  /** Those that speak for an address, of whatever account. */
  adaptersAt(address: string): readonly ChannelAdapter[] {
    return [...this.#accounts].flatMap((accountSid) => this.adapterOf(accountSid, address) ?? [])
  }

  /** @returns undefined when nobody speaks for the address */
  adapterOf(accountSid: string, address: string): ChannelAdapter | undefined {
    return this.routeOf(accountSid, address)?.adapter
  }

  /** The route that has the address, or all that no other has. */
  routeOf(accountSid: string, address: string): ChannelRoute | undefined {
    return this.#routes.get(`${accountSid} ${canonicalAddress(address)}`) ?? this.#routes.get(`${accountSid} ${ALL_OTHERS}`)
  }
}

import { canonicalAddress } from './address.ts'
import type { ChannelAdapter, ChannelRoute } from './channel.ts'

/** Stands for all addresses that no other route has. */
const ALL_OTHERS = '*'

/** Which adapter speaks for which address of which account. */
export class ChannelTable {
  readonly #routes = new Map<string, ChannelAdapter>()

  constructor(routes: readonly ChannelRoute[]) {
    for (const { account, adapter, addresses } of routes) {
      for (const address of addresses) this.#routes.set(`${account.sid} ${canonicalAddress(address)}`, adapter)
    }
  }

  /** @returns undefined when nobody speaks for the address */
  adapterOf(accountSid: string, address: string): ChannelAdapter | undefined {
    return this.#routes.get(`${accountSid} ${canonicalAddress(address)}`) ?? this.#routes.get(`${accountSid} ${ALL_OTHERS}`)
  }
}

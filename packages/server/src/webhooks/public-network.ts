import { type LookupAddress, type LookupAllOptions, lookup } from 'node:dns'
import { isIP, isIPv6, type LookupFunction } from 'node:net'
import { isPrivateAddress } from './private-address.ts'

/** All addresses of a name. */
export type LookupAll = (
  hostname: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** Keeps requests to addresses that somebody else names out of private networks (reliability B36). */
export interface PublicNetwork {
  /** Whether an address may be asked, as far as it says where it is. */
  isAllowed(url: URL): boolean
  /**
   * Looks a name up once, and refuses one that leads into a private network; what is connected to is what was looked at, so that a
   * name cannot change its mind in between.
   */
  readonly lookup: LookupFunction
}

/** @param all looks a name up; the machine does unless it is given */
export function publicNetwork(all: LookupAll = lookup): PublicNetwork {
  return {
    isAllowed({ hostname }) {
      const host = hostname.replace(/^\[|\]$/g, '')
      return isIP(host) === 0 || !isPrivateAddress(host)
    },
    lookup(hostname, options, done) {
      all(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) return done(error, '')
        const [first] = addresses
        if (!first || addresses.some(({ address }) => isPrivateAddress(address))) {
          return done(new Error('unable to reach a private address'), '')
        }
        if (options.all) return done(null, addresses)
        return done(null, first.address, isIPv6(first.address) ? 6 : 4)
      })
    },
  }
}

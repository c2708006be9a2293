import { BlockList, isIPv6 } from 'node:net'

/** Networks that are no public internet (reliability B36): those of this machine, of its neighbours, and of special use. */
const NETWORKS = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const

const networks = new BlockList()
// Told by the colon: to compile the expression behind `isIPv6` takes a start longer than all of these networks.
for (const [network, bits] of NETWORKS) networks.addSubnet(network, bits, network.includes(':') ? 'ipv6' : 'ipv4')

/** Whether an IP address is none of the public internet. One of IPv4 in the clothes of IPv6 is what it is of IPv4. */
export function isPrivateAddress(address: string): boolean {
  return networks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

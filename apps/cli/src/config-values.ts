import { BlockList, isIP } from 'node:net'
import { isSidOf, type SidKind } from '@conversa/protocol'

/*
 * Readers of single values. Each gives what it read, or what the value must be, as the rest of a sentence. None repeats the value:
 * somebody may have put a secret under the wrong name.
 */

/** A value, or what it must be. */
export type Reading<Value> = { readonly value: Value } | { readonly must: string }

const HOST_NAME = /^(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})*$/i

/** An address or a name to listen on. */
export function readHost(text: string): Reading<string> {
  if (isIP(text) !== 0 || HOST_NAME.test(text)) return { value: text }
  return { must: 'be an IP address (IPv6 without brackets) or a host name' }
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Whether nobody but this machine can reach a server that listens there. */
export function isLoopback(host: string): boolean {
  const family = isIP(host)
  if (family === 0) return host.toLowerCase() === 'localhost'
  return loopback.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

/** A TCP port; 0 takes any that is free. */
export function readPort(text: string): Reading<number> {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535
    ? { value: Number(text) }
    : { must: 'be a whole number from 0 to 65535' }
}

/** One word of a list. */
export function readWord<Word extends string>(words: readonly Word[]): (text: string) => Reading<Word> {
  return (text) => {
    const value = words.find((word) => word === text)
    return value === undefined ? { must: `be one of ${words.join(', ')}` } : { value }
  }
}

/** An address with one of these protocols. */
export function readUrl(...protocols: readonly string[]): (text: string) => Reading<string> {
  return (text) => (isUrl(text, protocols) ? { value: text } : { must: `be a URL that starts with ${starts(protocols)}` })
}

/** Addresses with one of these protocols, separated by commas. */
export function readUrls(...protocols: readonly string[]): (text: string) => Reading<string> {
  return (text) =>
    text.split(',').every((part) => isUrl(part, protocols))
      ? { value: text }
      : { must: `be URLs, separated by commas, that start with ${starts(protocols)}` }
}

const starts = (protocols: readonly string[]) => protocols.map((protocol) => `${protocol}//`).join(' or ')

function isUrl(text: string, protocols: readonly string[]): boolean {
  if (text.trim() !== text || !URL.canParse(text)) return false
  const url = new URL(text)
  return protocols.includes(url.protocol) && url.host !== ''
}

/** The address under which the world reaches the server; given back without the last slash, so that paths can follow. */
export function readPublicUrl(text: string): Reading<string> {
  const must = 'be a URL that starts with http:// or https://, without user, query and fragment'
  if (!isUrl(text, ['http:', 'https:'])) return { must }
  const { origin, pathname, username, password } = new URL(text)
  if (username || password || /[?#]/.test(text)) return { must }
  return { value: origin + pathname.replace(/\/+$/, '') }
}

/** A SID of one kind. */
export function readSid(kind: SidKind, prefix: string): (text: string) => Reading<string> {
  return (text) => (isSidOf(kind, text) ? { value: text } : { must: `be ${prefix} and 32 hexadecimal digits` })
}

/** Any text; white space at its ends came from a file or a copy, and would make every sign-in fail. */
export function readSecret(text: string): Reading<string> {
  return text.trim() === text ? { value: text } : { must: 'have no spaces or line breaks at its ends' }
}

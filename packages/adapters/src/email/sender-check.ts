/**
 * Whether the relay in front found that an e-mail is from whom it says (RFC 8601). Only what stands topmost under its name counts:
 * the rest may have been written by the sender.
 *
 * @param results the headers `Authentication-Results`, the topmost first
 * @param relay the name that the relay signs them with
 * @param address that the e-mail says it is from
 */
export function isAuthentic(results: readonly string[], relay: string, address: string): boolean {
  const found = results.find((each) => nameOf(each) === relay.toLowerCase())
  if (found === undefined) return false
  const domain = domainOf(address)
  return found
    .split(';')
    .slice(1)
    .some((method) => isPassed(method.toLowerCase(), domain))
}

const nameOf = (result: string) => (result.trim().split(/[\s;]/, 1)[0] ?? '').toLowerCase()
const domainOf = (address: string) => address.slice(address.lastIndexOf('@') + 1).toLowerCase()

/** A pass of DMARC is about the address that is shown; those of SPF and DKIM are when they are about the same domain. */
function isPassed(method: string, domain: string): boolean {
  const [, kind, about] = /^\s*(dmarc|spf|dkim)\s*=\s*pass\b(.*)$/s.exec(withoutComments(method)) ?? []
  if (kind === undefined || about === undefined) return false
  const property = { dmarc: 'header.from', spf: 'smtp.mailfrom', dkim: 'header.d' }[kind as 'dmarc' | 'spf' | 'dkim']
  const value = about
    .split(/\s+/)
    .find((each) => each.startsWith(`${property}=`))
    ?.slice(property.length + 1)
  return value !== undefined && domainOf(value) === domain
}

const withoutComments = (text: string) => text.replace(/\([^()]*\)/g, ' ')

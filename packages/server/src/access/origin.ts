/**
 * The address under which a peer reaches us, without a slash at its end: it is told of nobody else's.
 *
 * @param publicUrl as the operator says, which always holds
 * @param host as the peer named us, that of `Host`
 */
export function originOf(publicUrl: string | undefined, host: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl
  const named = `http://${host ?? ''}`
  return URL.canParse(named) ? new URL(named).origin : 'http://localhost'
}

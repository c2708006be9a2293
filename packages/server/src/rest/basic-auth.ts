import { createHash, timingSafeEqual } from 'node:crypto'
import type { Account } from '@conversa/core'

/** An account that back ends sign in to, with the secret of its own. */
export interface AccountCredentials extends Account {
  readonly authToken: string
}

/** A key of an account. */
export interface KeyCredentials {
  readonly sid: string
  readonly accountSid: string
  readonly secret: string
}

/** Longer headers hold no credentials of ours. */
const LONGEST = 1024

/** The name under which the operator of the whole server signs in, with the token of its own. */
export const OPERATOR = 'operator'

/** Whoever a request is let in as. */
export type Admitted = AccountCredentials | typeof OPERATOR

/**
 * Says whose credentials a header holds: account SID and auth token, or the SID and the secret of a key, which imply the account
 * (rest-and-semantics 1.1). Secrets are compared in constant time.
 */
export function accountOf(
  header: string | undefined,
  accounts: readonly AccountCredentials[],
  keys: readonly KeyCredentials[],
): AccountCredentials | undefined {
  const said = saidIn(header)
  if (!said) return undefined
  const { name, secret } = said
  const key = keys.find((one) => one.sid === name)
  const account = accounts.find(({ sid }) => sid === (key ? key.accountSid : name))
  const isRight = isSame(secret, (key ? key.secret : account?.authToken) ?? '')
  return account && isRight ? account : undefined
}

/** Whether a header holds the operator's token. Without one nobody is the operator. */
export function isOperator(header: string | undefined, token: string | undefined): boolean {
  const said = saidIn(header)
  return said?.name === OPERATOR && isSame(said.secret, token ?? '')
}

/** The name and the secret in a header of HTTP Basic. */
function saidIn(header: string | undefined): { readonly name: string; readonly secret: string } | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/_-]+={0,2})$/i.exec(header && header.length <= LONGEST ? header : '') ?? []
  const [, name, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? []
  return name === undefined || secret === undefined ? undefined : { name, secret }
}

function isSame(given: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(right)) && right !== ''
}

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

/**
 * Says whose credentials a header holds: account SID and auth token, or the SID and the secret of a key, which imply the account
 * (rest-and-semantics 1.1). Secrets are compared in constant time.
 */
export function accountOf(
  header: string | undefined,
  accounts: readonly AccountCredentials[],
  keys: readonly KeyCredentials[],
): AccountCredentials | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/_-]+={0,2})$/i.exec(header && header.length <= LONGEST ? header : '') ?? []
  const [, name, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? []
  if (name === undefined || secret === undefined) return undefined
  const key = keys.find((one) => one.sid === name)
  const account = accounts.find(({ sid }) => sid === (key ? key.accountSid : name))
  const isRight = isSame(secret, (key ? key.secret : account?.authToken) ?? '')
  return account && isRight ? account : undefined
}

function isSame(given: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(right)) && right !== ''
}

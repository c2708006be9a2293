import { LIMITS, looksLikeSid } from '@conversa/protocol'
import { SYSTEM_IDENTITY } from './actor.ts'
import { Refusal } from './refusal.ts'

/** An identity is any text that is not empty, not a SID and not reserved (rest-and-semantics 3.2). */
export function checkIdentity(identity: string): Refusal | undefined {
  if (identity === '') return new Refusal('identity-missing')
  if (identity.length > LIMITS.identityCharacters) return new Refusal('identity-too-long')
  if (looksLikeSid(identity)) return new Refusal('identity-looks-like-sid')
  return identity === SYSTEM_IDENTITY ? new Refusal('identity-reserved') : undefined
}

import { LIMITS } from '@conversa/protocol'
import { isOwnAddress } from '../records/address.ts'
import { type ConversationRecord, differing } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import type { GivenOutside } from './back-end-command.ts'

/** What carriers and mail servers know a conversation by. */
export type Outside = Pick<ConversationRecord, 'messagingServiceSid' | 'email'>

/** What changes of it: what its members are told, and what no client hears of. */
export interface ChangedOutside {
  readonly shown: Partial<Pick<Outside, 'email'>>
  readonly kept: Partial<Pick<Outside, 'messagingServiceSid'>>
}

/**
 * What was set, over what was there (rest-and-semantics 1.4). Without an address there is no e-mail binding, and so nothing that
 * could have a name.
 *
 * @param present what was there, or what a new conversation begins with
 * @returns what changes, or a refusal of an address that is none, and of a name without an address
 */
export function outsideWith(present: Outside, { messagingServiceSid, email }: GivenOutside): ChangedOutside | Refusal {
  const address = email?.address === undefined ? (present.email?.address ?? null) : email.address || null
  const name = email?.name === undefined ? (present.email?.name ?? null) : email.name || null
  if (email?.address && !isOwnAddress('email', email.address)) {
    return new Refusal('parameter-invalid', { field: 'Bindings.Email.Address' })
  }
  const isNameless = name === null || name.length <= LIMITS.friendlyNameCharacters
  if (!isNameless || (email?.name && address === null)) return new Refusal('parameter-invalid', { field: 'Bindings.Email.Name' })
  const isSame = address === (present.email?.address ?? null) && name === (present.email?.name ?? null)
  return {
    shown: isSame ? {} : { email: address === null ? null : { address, name } },
    kept: differing({ messagingServiceSid: present.messagingServiceSid }, { messagingServiceSid }),
  }
}

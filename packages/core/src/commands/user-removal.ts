import type { MembershipRow } from '../ports/store.ts'
import type { PushRegistrationRecord, UserRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { Changes, together } from './changes.ts'
import { handler } from './handler.ts'

interface RemovalFacts {
  readonly user: UserRecord
  readonly memberships: readonly MembershipRow[]
  readonly registrations: readonly PushRegistrationRecord[]
}

/**
 * A user goes, and with them all that is theirs, at once (rest-and-semantics 3.10): their memberships end as if they had left,
 * and no push reaches their devices. What
 * they said stays. This is the one place that ends what belongs to a user; what a store keeps for `Tx.removeUser` goes with the row.
 */
export const deleteUser = handler<'user.delete', RemovalFacts>({
  scopes: (actor, { identity }) => [{ user: { serviceSid: actor.serviceSid, identity } }],
  async facts(reads, actor, { identity }) {
    const key = { serviceSid: actor.serviceSid, identity }
    const user = await reads.user(key)
    if (!user) return new Refusal('user-not-found')
    const memberships = await reads.membershipsBySid(key, undefined, Number.MAX_SAFE_INTEGER)
    return { user, memberships, registrations: await reads.pushRegistrations(key, Number.MAX_SAFE_INTEGER) }
  },
  decide({ user, memberships, registrations }) {
    const parts: Changes[] = []
    let leaving = user
    for (const { conversation, participant } of memberships) {
      const changes = new Changes(conversation)
      changes.participantLeft(participant, leaving)
      leaving = changes.userAfter(leaving)
      parts.push(changes)
    }
    const end = new Changes()
    for (const [at, registration] of registrations.entries()) end.pushUnregistered(registration, registrations.slice(at))
    end.userRemoved(leaving)
    return { changes: together([...parts, end]), result: {} }
  },
})

import { LIMITS, type PushRegistration } from '@conversa/protocol'
import type { Reads, Scope, UserKey } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import type { PushRegistrationRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { serviceAccess } from './access.ts'
import { Changes } from './changes.ts'
import { handler } from './handler.ts'
import { readWebSubscription } from './web-subscription.ts'

/** What belongs to one user: all of it, the one that was registered longest ago first. */
interface Owned {
  readonly owner: UserKey
  readonly registrations: readonly PushRegistrationRecord[]
}

interface RegisterFacts {
  readonly credentialSid: string | null
  readonly own: Owned
  /** Somebody else who has the same device now. */
  readonly former: Owned | undefined
}

const ownScope = ({ serviceSid, identity }: Actor): Scope[] => [{ user: { serviceSid, identity } }]

const isSame = (a: Pick<PushRegistrationRecord, 'channelType' | 'registrationId'>, b: typeof a) =>
  a.channelType === b.channelType && a.registrationId === b.registrationId

/**
 * A device goes to whoever registered it last: two people who sign in one after the other on one device do not read each other's
 * pushes.
 */
export const registerPush = handler<'push.register', RegisterFacts>({
  scopes: ownScope,
  async facts(reads, actor, { channelType, registrationId }) {
    if (channelType === 'web' && !readWebSubscription(registrationId)) {
      return new Refusal('parameter-invalid', { field: '/registrationId' })
    }
    const own = await ownedBy(reads, actor)
    if (own instanceof Refusal) return own
    const present = await reads.pushRegistration(actor.serviceSid, channelType, registrationId)
    const isForeign = present !== undefined && present.identity !== actor.identity
    const credentialSid = (actor.kind === 'user' && actor.pushCredentialSid) || null
    return { credentialSid, own, former: isForeign ? await registrationsOf(reads, present) : undefined }
  },
  decide({ credentialSid, own, former }, command, { now, makeSid }) {
    const { channelType, registrationId } = command
    const changes = new Changes()
    const { owner, registrations } = own
    const known = registrations.find((each) => isSame(each, command))
    const taken = former?.registrations.find((each) => isSame(each, command))
    const longest = registrations[0]
    if (former && taken) changes.pushUnregistered(taken, former.registrations)
    if (!known && longest && registrations.length >= LIMITS.pushRegistrationsPerUser) {
      changes.pushUnregistered(longest, registrations)
    }
    const made = { sid: makeSid('pushRegistration'), ...owner, channelType, registrationId, dateCreated: now }
    const record: PushRegistrationRecord = { ...(known ?? made), credentialSid, dateUpdated: now }
    changes.pushRegistered(record, registrations)
    return { changes, result: { registration: pushRegistrationView(record) } }
  },
})

/** Somebody else's device stays theirs, and whether there is one is not told. */
export const unregisterPush = handler<'push.unregister', Owned>({
  scopes: ownScope,
  facts: (reads, actor) => ownedBy(reads, actor),
  decide({ registrations }, command) {
    const changes = new Changes()
    const known = registrations.find((each) => isSame(each, command))
    if (known) changes.pushUnregistered(known, registrations)
    return { changes, result: {} }
  },
})

/** Takes a device away, by its SID. Reading it locks it. */
export const removePush = handler<'push.remove', Owned & { readonly present: PushRegistrationRecord }>({
  scopes: () => [],
  async facts(reads, { serviceSid }, { pushRegistrationSid }) {
    const present = await reads.pushRegistrationBySid(serviceSid, pushRegistrationSid)
    return present ? { present, ...(await registrationsOf(reads, present)) } : new Refusal('resource-not-found')
  },
  decide({ present, registrations }) {
    const changes = new Changes()
    changes.pushUnregistered(present, registrations)
    return { changes, result: {} }
  },
})

/** Where a user can be reached by push. */
export async function listPush(reads: Reads, actor: Actor): Promise<{ registrations: PushRegistration[] } | Refusal> {
  const own = await ownedBy(reads, actor)
  return own instanceof Refusal ? own : { registrations: own.registrations.map(pushRegistrationView) }
}

/** The actor's own; a back end is nobody who could be reached. */
async function ownedBy(reads: Reads, actor: Actor): Promise<Owned | Refusal> {
  const found = await serviceAccess(reads, actor)
  if (found instanceof Refusal) return found
  return found.user ? registrationsOf(reads, found.user) : new Refusal('user-not-found')
}

async function registrationsOf(reads: Reads, { serviceSid, identity }: UserKey): Promise<Owned> {
  const owner = { serviceSid, identity }
  return { owner, registrations: await reads.pushRegistrations(owner, LIMITS.pushRegistrationsPerUser) }
}

function pushRegistrationView({ sid, channelType, registrationId, ...dates }: PushRegistrationRecord): PushRegistration {
  const { dateCreated, dateUpdated } = dates
  return { sid, channelType, registrationId, dateCreated, dateUpdated }
}

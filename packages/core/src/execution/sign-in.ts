import { Changes } from '../commands/changes.ts'
import { newUser } from '../commands/user.ts'
import { checkIdentity } from '../records/identity.ts'
import type { UserRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { record, tell } from './commit.ts'
import type { Executor } from './execute.ts'

/** Who signs in, as their token says. */
export interface SignIn {
  readonly serviceSid: string
  readonly identity: string
  /** The service role that the token gives at the first connection. */
  readonly roleSid?: string | undefined
}

/**
 * Finds the user of a token, or makes them: users come to be on first sight (rest-and-semantics 3.10).
 *
 * @returns the user, or a refusal when the service or the identity will not do
 */
export async function signIn(executor: Executor, { serviceSid, identity, roleSid }: SignIn): Promise<UserRecord | Refusal> {
  const key = { serviceSid, identity }
  const known = await executor.store.read((reads) => reads.user(key))
  if (known) return known
  const refusal = checkIdentity(identity)
  if (refusal) return refusal
  const outcome = await executor.store.transact([{ user: key }], async (tx) => {
    const [service, present, roles] = [await tx.service(serviceSid), await tx.user(key), await tx.roles(serviceSid)]
    if (!service) return new Refusal('token-service-unknown')
    const departed = await tx.departedRevision(key)
    if (present) return { user: present }
    const role = roleSid !== undefined && roles.get(roleSid)?.type === 'service' ? roleSid : undefined
    const user = newUser(service, identity, { roleSid: role, departed }, { now: executor.now(), makeSid: executor.makeSid })
    const changes = new Changes()
    changes.userCreated(user)
    const drafts = await executor.drafts(tx, { kind: 'user', ...key }, { published: changes.published, now: executor.now() })
    return { user: changes.userAfter(user), recorded: record(tx, changes, drafts) }
  })
  if (outcome instanceof Refusal) return outcome
  if (outcome.recorded) tell(executor, outcome.recorded)
  return outcome.user
}

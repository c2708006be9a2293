import { LIMITS } from '@conversa/protocol'
import type { Scope } from '../ports/store.ts'
import { checkAttributes } from '../records/attributes.ts'
import { checkIdentity } from '../records/identity.ts'
import type { Rights } from '../records/permissions.ts'
import { differing, type RoleRecord, type ServiceRecord, type UserRecord } from '../records/records.ts'
import { Refusal, requirePermission } from '../records/refusal.ts'
import { serviceAccess, serviceOf } from './access.ts'
import { Changes } from './changes.ts'
import { type Context, handler } from './handler.ts'
import { checkRole } from './role.ts'

/** What may be known of a user who begins. */
interface Beginning {
  readonly roleSid?: string | undefined
  readonly friendlyName?: string | null | undefined
  readonly attributes?: string | undefined
  /**
   * The last revision of a user of that name who was deleted, 0 when there was none: going on from there, no client takes the news of
   * one for those of the other.
   */
  readonly departed: number
}

/** A user as they begin: with the service's default role unless another one was given (rest-and-semantics 3.6). */
export function newUser(
  service: ServiceRecord,
  identity: string,
  { roleSid, departed, friendlyName, attributes }: Beginning,
  { now, makeSid }: Context,
): UserRecord {
  return {
    sid: makeSid('user'),
    serviceSid: service.sid,
    identity,
    roleSid: roleSid ?? service.defaultServiceRoleSid,
    friendlyName: friendlyName || null,
    attributes: attributes ?? '{}',
    dateCreated: now,
    dateUpdated: now,
    revision: departed,
  }
}

interface CreateFacts {
  readonly service: ServiceRecord
  readonly roles: ReadonlyMap<string, RoleRecord>
  readonly namesake: UserRecord | undefined
  readonly departed: number
}

/** A user whom a back end makes before anybody has seen them. */
export const createUser = handler<'user.create', CreateFacts>({
  scopes: (actor, { identity }): Scope[] => [{ user: { serviceSid: actor.serviceSid, identity } }],
  async facts(reads, actor, { identity }) {
    const key = { serviceSid: actor.serviceSid, identity }
    return {
      service: await serviceOf(reads, actor),
      roles: await reads.roles(actor.serviceSid),
      namesake: await reads.user(key),
      departed: await reads.departedRevision(key),
    }
  },
  decide({ service, roles, namesake, departed }, command, context) {
    const refusal =
      checkIdentity(command.identity) ??
      checkProfile(command) ??
      checkRole(roles, command.roleSid, 'service') ??
      (namesake ? new Refusal('user-exists') : undefined)
    if (refusal) return refusal
    const changes = new Changes()
    changes.userCreated(newUser(service, command.identity, { ...command, departed }, context))
    return { changes, result: {} }
  },
})

/** A profile: the own one, or somebody else's with the permission for it. */
export const updateUser = handler<'user.update', UpdateFacts>({
  scopes: (actor, { identity }): Scope[] => [{ user: { serviceSid: actor.serviceSid, identity: identity ?? actor.identity } }],
  async facts(reads, actor, command) {
    const found = await serviceAccess(reads, actor)
    if (found instanceof Refusal) return found
    const subject = await reads.user({ serviceSid: actor.serviceSid, identity: command.identity ?? actor.identity })
    if (!subject) return new Refusal('user-not-found')
    return { rights: found.rights, subject, roles: await reads.roles(actor.serviceSid) }
  },
  decide({ rights, subject, roles }, { friendlyName, attributes }, { now }, { roleSid }) {
    const own = subject.identity === rights.identity
    const refusal =
      requirePermission(rights, own && !rights.may('editAnyUserInfo') ? 'editOwnUserInfo' : 'editAnyUserInfo') ??
      checkProfile({ friendlyName, attributes }) ??
      checkRole(roles, roleSid, 'service')
    if (refusal) return refusal
    const name = friendlyName === undefined ? undefined : friendlyName || null
    const changed = differing(subject, { friendlyName: name, attributes, roleSid })
    const changes = new Changes()
    if (Object.keys(changed).length > 0) changes.userUpdated(subject, changed, now)
    return { changes, result: {} }
  },
})

interface UpdateFacts {
  readonly rights: Rights
  readonly subject: UserRecord
  readonly roles: ReadonlyMap<string, RoleRecord>
}

function checkProfile({ friendlyName, attributes }: Pick<Beginning, 'friendlyName' | 'attributes'>): Refusal | undefined {
  if (friendlyName && friendlyName.length > LIMITS.friendlyNameCharacters) return new Refusal('friendly-name-too-long')
  return checkAttributes(attributes, LIMITS.userAttributesBytes)
}

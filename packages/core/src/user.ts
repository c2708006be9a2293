import { LIMITS } from '@conversa/protocol'
import { serviceAccess } from './access.ts'
import { checkAttributes } from './attributes.ts'
import { Changes } from './changes.ts'
import { type Context, handler } from './handler.ts'
import type { Rights } from './permissions.ts'
import type { ServiceRecord, UserRecord } from './records.ts'
import { Refusal, requirePermission } from './refusal.ts'
import type { Scope } from './store.ts'

/**
 * A user as they begin: nameless, with the service's default role unless the token gave another one (rest-and-semantics 3.6).
 */
export function newUser(
  service: ServiceRecord,
  identity: string,
  roleSid: string | undefined,
  { now, makeSid }: Context,
): UserRecord {
  return {
    sid: makeSid('user'),
    serviceSid: service.sid,
    identity,
    roleSid: roleSid ?? service.defaultServiceRoleSid,
    friendlyName: null,
    attributes: '{}',
    dateCreated: now,
    dateUpdated: now,
    revision: 0,
  }
}

/** A profile: the own one, or somebody else's with the permission for it. */
export const updateUser = handler<'user.update', { rights: Rights; subject: UserRecord }>({
  scopes: (actor, { identity }): Scope[] => [{ user: { serviceSid: actor.serviceSid, identity: identity ?? actor.identity } }],
  async facts(reads, actor, command) {
    const found = await serviceAccess(reads, actor)
    if (found instanceof Refusal) return found
    const subject = await reads.user({ serviceSid: actor.serviceSid, identity: command.identity ?? actor.identity })
    return subject ? { rights: found.rights, subject } : new Refusal('user-not-found')
  },
  decide({ rights, subject }, { friendlyName, attributes }, { now }) {
    const own = subject.identity === rights.identity
    const refusal =
      requirePermission(rights, own && !rights.may('editAnyUserInfo') ? 'editOwnUserInfo' : 'editAnyUserInfo') ??
      (friendlyName && friendlyName.length > LIMITS.friendlyNameCharacters ? new Refusal('friendly-name-too-long') : undefined) ??
      checkAttributes(attributes, LIMITS.userAttributesBytes)
    if (refusal) return refusal
    const changed = {
      ...(friendlyName !== undefined &&
        (friendlyName || null) !== subject.friendlyName && { friendlyName: friendlyName || null }),
      ...(attributes !== undefined && attributes !== subject.attributes && { attributes }),
    }
    const changes = new Changes()
    if (Object.keys(changed).length > 0) changes.userUpdated(subject, changed, now)
    return { changes, result: {} }
  },
})

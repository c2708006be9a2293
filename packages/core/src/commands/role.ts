import { LIMITS } from '@conversa/protocol'
import type { Reads } from '../ports/store.ts'
import type { Actor } from '../records/actor.ts'
import { isPermission, type Permission, type Rights } from '../records/permissions.ts'
import type { RoleRecord, ServiceRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { serviceOf } from './access.ts'
import { Changes } from './changes.ts'
import { handler, settingsScope } from './handler.ts'

/*
 * Roles, which back ends alone make and change (rest-and-semantics 1.4 and 3.6). A changed role holds from the next command on; it
 * has no events of its own.
 */

export const createRole = handler<'role.create', Actor>({
  scopes: () => [],
  facts: async (_reads, actor) => actor,
  decide({ serviceSid }, { friendlyName, roleType: type, permissions }, { now, makeSid }) {
    if (friendlyName === '') return new Refusal('friendly-name-missing')
    const limit = LIMITS.roleNameCharacters
    if (friendlyName.length > limit) return new Refusal('friendly-name-too-long', { limit })
    const known = knownPermissions(permissions, type)
    if (known instanceof Refusal) return known
    const sid = makeSid('role')
    const changes = new Changes()
    changes.roleSaved({ sid, serviceSid, friendlyName, type, permissions: known, dateCreated: now, dateUpdated: now })
    return { changes, result: { roleSid: sid } }
  },
})

/** Replaces all permissions; name and type are fixed. */
export const updateRole = handler<'role.update', RoleRecord>({
  scopes: settingsScope,
  facts: (reads, actor, { roleSid }) => findRole(reads, actor, roleSid),
  decide(role, { permissions }, { now }) {
    const known = knownPermissions(permissions, role.type)
    if (known instanceof Refusal) return known
    const changes = new Changes()
    changes.roleSaved({ ...role, permissions: known, dateUpdated: now })
    return { changes, result: {} }
  },
})

/** A role that somebody has, or that is a default of the service, stays (rest-and-semantics 3.10). */
export const deleteRole = handler<'role.delete', { role: RoleRecord; service: ServiceRecord; held: boolean }>({
  scopes: settingsScope,
  async facts(reads, actor, { roleSid }) {
    const role = await findRole(reads, actor, roleSid)
    if (role instanceof Refusal) return role
    return { role, service: await serviceOf(reads, actor), held: await reads.isRoleHeld(actor.serviceSid, roleSid) }
  },
  decide({ role, service, held }) {
    const defaults = [service.defaultServiceRoleSid, service.defaultConversationRoleSid, service.defaultCreatorRoleSid]
    if (held || defaults.includes(role.sid)) return new Refusal('role-in-use')
    const changes = new Changes()
    changes.roleRemoved(role)
    return { changes, result: {} }
  },
})

/** The role with a SID in the actor's service. */
export async function findRole(reads: Reads, { serviceSid }: Actor, roleSid: string): Promise<RoleRecord | Refusal> {
  return (await reads.roles(serviceSid)).get(roleSid) ?? new Refusal('resource-not-found')
}

/**
 * Whether somebody may be given a role: one of their service, and of the right type.
 *
 * @param roles all roles of the service
 * @param roleSid undefined when none is given
 */
export function checkRole(
  roles: ReadonlyMap<string, RoleRecord>,
  roleSid: string | undefined,
  type: RoleRecord['type'],
): Refusal | undefined {
  return roleSid === undefined || roles.get(roleSid)?.type === type ? undefined : new Refusal('role-not-found', { type })
}

/** Who changes a role takes somebody out as what they were, and puts them in as what they will be. */
const GIVING = ['addParticipant', 'removeParticipant'] as const

/**
 * Whether somebody may give a role to participants, and take it from them; who changes a role needs it for the old and for the new
 * one (decision 21). They need power over who takes part, and every permission of the role: so nobody rises above the giver by it, and
 * nobody above the giver is brought down.
 *
 * @param rights of the giver in the conversation. From outside they have no permission that only roles of conversations have (to send, to
 *   leave: all about oneself), and are not asked for those.
 * @param role undefined for none
 */
export function mayGiveRole(rights: Rights, role: RoleRecord | undefined): Refusal | undefined {
  const isInside = rights.participant !== undefined
  const needed = [...GIVING, ...(role?.permissions ?? [])].filter((name) => isInside || isPermission(name, 'service'))
  const missing = needed.find((name) => !rights.may(name))
  return missing && new Refusal('permission-missing', { permission: missing })
}

function knownPermissions(names: readonly string[], type: RoleRecord['type']): readonly Permission[] | Refusal {
  if (names.length === 0) return new Refusal('permission-not-found')
  const known = names.filter((name) => isPermission(name, type))
  return known.length === names.length ? [...new Set(known)] : new Refusal('permission-not-found', { type })
}

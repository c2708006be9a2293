import { Changes, together, type Written } from '../commands/changes.ts'
import { isKnownEvent, unset } from '../commands/webhook.ts'
import type { Reads } from '../ports/store.ts'
import { isPermission } from '../records/permissions.ts'
import { differing, type RoleRecord, type ServiceRecord, type UserRecord } from '../records/records.ts'
import type { ImportProblem, SourceHooks, SourceRole, SourceService, SourceUser } from './import-source.ts'

/** What was decided, and what could not be kept as it is. */
export interface Imported {
  readonly changes: Written
  readonly problems: readonly ImportProblem[]
}

/**
 * Makes a service what the source says of it, with its roles and its webhook. The roles that a new service got here by itself go,
 * as long as nobody has them.
 *
 * @param accountSid the account here that it belongs to from now on
 * @param hooks undefined when they are not to be moved, or there are none
 */
export async function importService(
  reads: Reads,
  accountSid: string,
  source: { readonly service: SourceService; readonly roles: readonly SourceRole[]; readonly hooks: SourceHooks | undefined },
): Promise<Imported> {
  const { service, roles, hooks } = source
  const present = await reads.service(service.sid)
  if (present && present.accountSid !== accountSid) {
    const reason = 'there is a service with this SID already, of another account'
    return { changes: together([]), problems: [{ resource: 'service', sid: service.sid, reason, isLost: true }] }
  }
  const changes = new Changes()
  const record: ServiceRecord = { ...service, accountSid }
  if (!present || Object.keys(differing(present, record)).length > 0) changes.serviceReconfigured(record)
  const known = await reads.roles(service.sid)
  const taken = await rolesElsewhere(reads, accountSid, service.sid)
  const problems: ImportProblem[] = []
  for (const role of roles) {
    if (taken.has(role.sid)) {
      problems.push({ resource: 'role', sid: role.sid, reason: 'another service has a role with this SID', isLost: true })
      continue
    }
    const permissions = role.permissions.filter((name) => isPermission(name, role.type))
    const unknown = role.permissions.filter((name) => !isPermission(name, role.type))
    if (unknown.length > 0) {
      const reason = `permissions that are not known here: ${unknown.join(', ')}`
      problems.push({ resource: 'role', sid: role.sid, reason, isLost: false })
    }
    const kept: RoleRecord = { ...role, serviceSid: service.sid, permissions: permissions as RoleRecord['permissions'] }
    if (JSON.stringify(shown(known.get(role.sid))) !== JSON.stringify(shown(kept))) changes.roleSaved(kept)
  }
  if (present && (await isUnused(reads, service.sid))) {
    for (const role of known.values()) if (!roles.some(({ sid }) => sid === role.sid)) changes.roleRemoved(role)
  }
  if (hooks) {
    const before = await reads.webhook(service.sid)
    const filters = hooks.filters.filter(isKnownEvent)
    const blank = unset(record, 'service', service.dateUpdated)
    const next = { ...(before ?? blank), ...hooks, filters, target: 'webhook' as const }
    if (JSON.stringify(before ?? blank) !== JSON.stringify(next)) changes.webhookSaved(next)
  }
  return { changes, problems }
}

/** SIDs of the roles of other services: a source that names one must not reach it. */
async function rolesElsewhere(reads: Reads, accountSid: string, serviceSid: string): Promise<ReadonlySet<string>> {
  const taken = new Set<string>()
  const services = await reads.services(accountSid, undefined, Number.MAX_SAFE_INTEGER)
  for (const { sid } of services) {
    if (sid !== serviceSid) for (const role of (await reads.roles(sid)).keys()) taken.add(role)
  }
  return taken
}

const shown = (role: RoleRecord | undefined) =>
  role && [role.type, role.friendlyName, [...role.permissions].sort(), role.dateCreated, role.dateUpdated]

/** Nobody was there yet: what there is, this server made by itself. */
async function isUnused(reads: Reads, serviceSid: string): Promise<boolean> {
  const [user] = await reads.users(serviceSid, undefined, 1)
  const [conversation] = await reads.conversations(serviceSid, { limit: 1 })
  return !user && !conversation
}

/** Makes users what the source says of them. */
export async function importUsers(reads: Reads, serviceSid: string, users: readonly SourceUser[]): Promise<Imported> {
  const parts: Changes[] = []
  const problems: ImportProblem[] = []
  const seen = new Map<string, string>()
  for (const said of users) {
    const namesake = (await reads.userBySid(serviceSid, said.sid))?.identity ?? seen.get(said.sid) ?? said.identity
    if (namesake !== said.identity || [...seen.values()].includes(said.identity)) {
      problems.push({ resource: 'user', sid: said.sid, reason: 'another user has the same SID or identity', isLost: true })
      continue
    }
    if (namesake === said.identity && (await isElsewhere(reads, serviceSid, said.sid))) {
      problems.push({ resource: 'user', sid: said.sid, reason: 'another service has a user with this SID', isLost: true })
      continue
    }
    seen.set(said.sid, said.identity)
    const changes = new Changes()
    const key = { serviceSid, identity: said.identity }
    const there = await reads.user(key)
    if (!there) changes.userCreated({ ...said, serviceSid, revision: await reads.departedRevision(key) })
    else if (there.sid !== said.sid) {
      const reason = `the identity belongs to the user ${there.sid} here`
      problems.push({ resource: 'user', sid: said.sid, reason, isLost: true })
    } else compare(changes, there, said)
    parts.push(changes)
  }
  return { changes: together(parts), problems }
}

/** Whether a SID belongs to a user of another service: no two users have the same, wherever they are. */
async function isElsewhere(reads: Reads, serviceSid: string, sid: string): Promise<boolean> {
  return (await reads.userBySid(serviceSid, sid)) === undefined && (await reads.hasUser(sid))
}

function compare(changes: Changes, there: UserRecord, said: SourceUser): void {
  const { friendlyName, attributes, roleSid, dateUpdated } = said
  const changed = differing(there, { friendlyName, attributes, roleSid })
  if (Object.keys(changed).length > 0 || dateUpdated !== there.dateUpdated) changes.userUpdated(there, changed, dateUpdated)
}

/** What a user looks like, here and there. */
export function shownUser({ sid, identity, friendlyName, attributes, roleSid, dateCreated, dateUpdated }: SourceUser): string {
  return JSON.stringify([sid, identity, friendlyName, attributes, roleSid, dateCreated, dateUpdated])
}

import { LIMITS } from '@conversa/protocol'
import type { Store } from '../ports/store.ts'
import { DEFAULT_ROLES } from '../records/permissions.ts'
import { differing, type RoleRecord, type ServiceRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { serviceOf } from './access.ts'
import type { ServiceSettings } from './back-end-command.ts'
import { Changes } from './changes.ts'
import { type Context, handler, settingsScope } from './handler.ts'
import { checkRole } from './role.ts'
import { SILENT } from './service-notifications.ts'

/**
 * Makes sure that a service is there, with the four roles that a new one comes with (rest-and-semantics 3.6).
 *
 * @returns the service, as it was or as it is now
 */
export function ensureService(store: Store, identity: ServiceIdentity, context: Context): Promise<ServiceRecord> {
  return store.transact([], async (tx) => {
    const present = await tx.service(identity.sid)
    if (present) return present
    const changes = new Changes()
    const service = begin(changes, identity, context)
    changes.write(tx)
    return service
  })
}

type ServiceIdentity = Pick<ServiceRecord, 'sid' | 'accountSid' | 'friendlyName'>

/** Another service of the account that the actor's service belongs to. */
export const createService = handler<'service.create', ServiceRecord>({
  scopes: () => [],
  facts: (reads, actor) => serviceOf(reads, actor),
  decide({ accountSid }, { friendlyName }, context) {
    const refusal = friendlyName === '' ? new Refusal('friendly-name-missing') : checkName(friendlyName)
    if (refusal) return refusal
    const changes = new Changes()
    const { sid } = begin(changes, { sid: context.makeSid('service'), accountSid, friendlyName }, context)
    return { changes, result: { serviceSid: sid } }
  },
})

/** The settings of the actor's service: default roles, each of its type, and whether reachability is told. */
export const updateService = handler<'service.update', { service: ServiceRecord; roles: ReadonlyMap<string, RoleRecord> }>({
  scopes: settingsScope,
  async facts(reads, actor) {
    const service = await reads.service(actor.serviceSid)
    return service ? { service, roles: await reads.roles(service.sid) } : new Refusal('service-not-found')
  },
  decide({ service, roles }, { type: _type, ...settings }: ServiceSettings & { type: string }, { now }) {
    const refusal =
      checkRole(roles, settings.defaultServiceRoleSid, 'service') ??
      checkRole(roles, settings.defaultConversationRoleSid, 'conversation') ??
      checkRole(roles, settings.defaultCreatorRoleSid, 'conversation')
    if (refusal) return refusal
    const changes = new Changes()
    const changed = differing(service, settings)
    if (Object.keys(changed).length > 0) changes.serviceReconfigured({ ...service, ...changed, dateUpdated: now })
    return { changes, result: {} }
  },
})

function begin(changes: Changes, identity: ServiceIdentity, { now, makeSid }: Context): ServiceRecord {
  const dates = { dateCreated: now, dateUpdated: now }
  const save = (role: Pick<RoleRecord, 'friendlyName' | 'type' | 'permissions'>): string => {
    const sid = makeSid('role')
    changes.roleSaved({ sid, serviceSid: identity.sid, ...role, ...dates })
    return sid
  }
  save(DEFAULT_ROLES.serviceAdmin)
  const service: ServiceRecord = {
    ...identity,
    defaultServiceRoleSid: save(DEFAULT_ROLES.serviceUser),
    defaultConversationRoleSid: save(DEFAULT_ROLES.conversationUser),
    defaultCreatorRoleSid: save(DEFAULT_ROLES.conversationAdmin),
    reachabilityEnabled: false,
    notifications: SILENT,
    ...dates,
  }
  changes.serviceSaved(service)
  return service
}

function checkName(friendlyName: string): Refusal | undefined {
  return friendlyName.length > LIMITS.friendlyNameCharacters ? new Refusal('friendly-name-too-long') : undefined
}

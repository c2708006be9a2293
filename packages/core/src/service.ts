import type { Context } from './handler.ts'
import { DEFAULT_ROLES } from './permissions.ts'
import type { RoleRecord, ServiceRecord } from './records.ts'
import { Refusal } from './refusal.ts'
import type { Store } from './store.ts'

/**
 * Makes sure that a service is there, with the four roles that a new one comes with (rest-and-semantics 3.6).
 *
 * @returns the service, as it was or as it is now
 */
export function ensureService(
  store: Store,
  identity: Pick<ServiceRecord, 'sid' | 'accountSid' | 'friendlyName'>,
  { now, makeSid }: Context,
): Promise<ServiceRecord> {
  return store.transact([], async (tx) => {
    const present = await tx.service(identity.sid)
    if (present) return present
    const dates = { dateCreated: now, dateUpdated: now }
    const save = (role: Pick<RoleRecord, 'friendlyName' | 'type' | 'permissions'>): string => {
      const sid = makeSid('role')
      tx.saveRole({ sid, serviceSid: identity.sid, ...role, ...dates })
      return sid
    }
    save(DEFAULT_ROLES.serviceAdmin)
    const service: ServiceRecord = {
      ...identity,
      defaultServiceRoleSid: save(DEFAULT_ROLES.serviceUser),
      defaultConversationRoleSid: save(DEFAULT_ROLES.conversationUser),
      defaultCreatorRoleSid: save(DEFAULT_ROLES.conversationAdmin),
      reachabilityEnabled: false,
      ...dates,
    }
    tx.saveService(service)
    return service
  })
}

/** What can be set of a service. */
export type ServiceChanges = Partial<Pick<ServiceRecord, 'reachabilityEnabled'>>

/**
 * Changes the settings of a service.
 *
 * @param now milliseconds since 1970
 * @returns the service as it is now, or a refusal when there is none
 */
export function updateService(store: Store, sid: string, changes: ServiceChanges, now: number): Promise<ServiceRecord | Refusal> {
  return store.transact([], async (tx) => {
    const service = await tx.service(sid)
    if (!service) return new Refusal('service-not-found')
    const updated = { ...service, ...changes, dateUpdated: now }
    tx.saveService(updated)
    return updated
  })
}

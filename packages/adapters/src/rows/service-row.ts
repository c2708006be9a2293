import type { RoleRecord, ServiceRecord } from '@conversa/core'
import { isTrue, type Row } from './row.ts'

/** A service. */
export function toService(row: Row): ServiceRecord {
  return {
    sid: row.sid as string,
    accountSid: row.account_sid as string,
    friendlyName: row.friendly_name as string,
    defaultServiceRoleSid: row.default_service_role_sid as string,
    defaultConversationRoleSid: row.default_conversation_role_sid as string,
    defaultCreatorRoleSid: row.default_creator_role_sid as string,
    reachabilityEnabled: isTrue(row.reachability_enabled),
    notifications: JSON.parse(row.notifications as string),
    dateCreated: row.date_created as number,
    dateUpdated: row.date_updated as number,
  }
}

/** A role. */
export function toRole(row: Row): RoleRecord {
  return {
    sid: row.sid as string,
    serviceSid: row.service_sid as string,
    type: row.type as RoleRecord['type'],
    friendlyName: row.friendly_name as string,
    permissions: JSON.parse(row.permissions as string),
    dateCreated: row.date_created as number,
    dateUpdated: row.date_updated as number,
  }
}

import type { UserRecord } from '@conversa/core'
import type { Row } from './row.ts'

/** A user. */
export function toUser(row: Row): UserRecord {
  return {
    sid: row.sid as string,
    serviceSid: row.service_sid as string,
    identity: row.identity as string,
    roleSid: row.role_sid as string,
    friendlyName: row.friendly_name as string | null,
    attributes: row.attributes as string,
    dateCreated: row.date_created as number,
    dateUpdated: row.date_updated as number,
    revision: row.revision as number,
  }
}

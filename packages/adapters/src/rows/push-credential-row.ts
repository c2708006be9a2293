import type { PushCredentialRecord } from '@conversa/core'
import type { Row } from './row.ts'

/** What an account pushes with. */
export function toPushCredential(row: Row): PushCredentialRecord {
  return {
    sid: row.sid as string,
    accountSid: row.account_sid as string,
    friendlyName: row.friendly_name as string | null,
    secret: JSON.parse(row.secret as string),
    dateCreated: row.date_created as number,
    dateUpdated: row.date_updated as number,
  }
}

import type { PushRegistrationRecord } from '@conversa/core'
import type { Row } from './row.ts'

/** A device that is registered for push. */
export function toPushRegistration(row: Row): PushRegistrationRecord {
  return {
    sid: row.sid as string,
    serviceSid: row.service_sid as string,
    identity: row.identity as string,
    channelType: row.channel_type as PushRegistrationRecord['channelType'],
    registrationId: row.registration_id as string,
    credentialSid: row.credential_sid as string | null,
    dateCreated: row.date_created as number,
    dateUpdated: row.date_updated as number,
  }
}

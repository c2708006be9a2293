import type { AddressConfigurationRecord } from '@conversa/core'
import type { Row } from './row.ts'

/** What becomes of messages to an address. */
export function toAddressConfiguration(row: Row): AddressConfigurationRecord {
  return {
    sid: row.sid as string,
    accountSid: row.account_sid as string,
    type: row.type as AddressConfigurationRecord['type'],
    address: row.address as string,
    addressCountry: row.address_country as string | null,
    friendlyName: row.friendly_name as string | null,
    autoCreation: JSON.parse(row.auto_creation as string),
    dateCreated: row.date_created as number,
    dateUpdated: row.date_updated as number,
  }
}

import type { AddressConfigurationRange, AddressConfigurationRecord } from '@conversa/core'
import { toAddressConfiguration } from '../../rows/address-configuration-row.ts'
import { prepared, type Querier } from '../connection.ts'
import { table } from './table.ts'

export const ADDRESS_CONFIGURATIONS = table(
  'address_configurations',
  ['account_sid', 'sid', 'type', 'address', 'address_country', 'friendly_name', 'auto_creation', 'date_created', 'date_updated'],
  ['account_sid', 'sid'],
)

const SELECT = `SELECT ${ADDRESS_CONFIGURATIONS.columns} FROM address_configurations WHERE account_sid = $1`
const FIND = prepared('address configuration by sid', `${SELECT} AND sid = $2`)
const LOCK = prepared('address configuration by sid, locked', `${SELECT} AND sid = $2 FOR UPDATE`)
const BY_ADDRESS = prepared('address configuration by address', `${SELECT} AND address = $2`)
const PAGE = prepared(
  'address configurations page',
  `${SELECT} AND sid > $2 AND ($3::text IS NULL OR type = $3) ORDER BY sid LIMIT $4`,
)
export const REMOVE_ADDRESS_CONFIGURATION = prepared(
  'address configuration remove',
  'DELETE FROM address_configurations WHERE sid = $1',
)

/** Reads what accounts do with messages to their addresses. */
export const addressConfigurationTable = {
  /** @param locks whether nobody else is to change it before the transaction ends */
  async find(
    database: Querier,
    accountSid: string,
    sid: string,
    locks: boolean,
  ): Promise<AddressConfigurationRecord | undefined> {
    const [row] = await database.rows(locks ? LOCK : FIND, [accountSid, sid])
    return row && toAddressConfiguration(row)
  },

  async findByAddress(database: Querier, accountSid: string, address: string): Promise<AddressConfigurationRecord | undefined> {
    const [row] = await database.rows(BY_ADDRESS, [accountSid, address])
    return row && toAddressConfiguration(row)
  },

  async page(
    database: Querier,
    accountSid: string,
    { after = '', type, limit }: AddressConfigurationRange,
  ): Promise<AddressConfigurationRecord[]> {
    return (await database.rows(PAGE, [accountSid, after, type ?? null, limit])).map(toAddressConfiguration)
  },
}

export function addressConfigurationRow(record: AddressConfigurationRecord): object {
  return {
    account_sid: record.accountSid,
    sid: record.sid,
    type: record.type,
    address: record.address,
    address_country: record.addressCountry,
    friendly_name: record.friendlyName,
    auto_creation: JSON.stringify(record.autoCreation),
    date_created: record.dateCreated,
    date_updated: record.dateUpdated,
  }
}

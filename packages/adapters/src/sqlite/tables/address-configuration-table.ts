import type { StatementSync } from 'node:sqlite'
import type { AddressConfigurationRange, AddressConfigurationRecord } from '@conversa/core'
import { toAddressConfiguration } from '../../rows/address-configuration-row.ts'
import type { Select, Statements } from '../statements.ts'

/** What accounts do with messages to their addresses. */
export class AddressConfigurationTable {
  readonly #find: Select
  readonly #byAddress: Select
  readonly #page: Select
  readonly #save: StatementSync
  readonly #remove: StatementSync

  constructor(database: Statements) {
    const select = (rest: string) =>
      database.select(`SELECT * FROM address_configurations ${rest}`, { address_configurations: '' })
    this.#find = select('WHERE account_sid = ? AND sid = ?')
    this.#byAddress = select('WHERE account_sid = ? AND address = ?')
    this.#page = select('WHERE account_sid = ?1 AND sid > ?2 AND (?3 IS NULL OR type = ?3) ORDER BY sid LIMIT +?4')
    this.#save = database.prepare(
      `INSERT INTO address_configurations (account_sid, sid, type, address, address_country, friendly_name, auto_creation, date_created,
         date_updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (account_sid, sid) DO UPDATE SET
         friendly_name = excluded.friendly_name, auto_creation = excluded.auto_creation, date_updated = excluded.date_updated`,
    )
    this.#remove = database.prepare('DELETE FROM address_configurations WHERE sid = ?')
  }

  find(accountSid: string, sid: string): AddressConfigurationRecord | undefined {
    const row = this.#find.get(accountSid, sid)
    return row && toAddressConfiguration(row)
  }

  findByAddress(accountSid: string, address: string): AddressConfigurationRecord | undefined {
    const row = this.#byAddress.get(accountSid, address)
    return row && toAddressConfiguration(row)
  }

  page(accountSid: string, { after, type, limit }: AddressConfigurationRange): AddressConfigurationRecord[] {
    return this.#page.all(accountSid, after ?? '', type ?? null, limit).map(toAddressConfiguration)
  }

  save(record: AddressConfigurationRecord): void {
    const { sid, accountSid, type, address, addressCountry, friendlyName, autoCreation, dateCreated, dateUpdated } = record
    const settings = JSON.stringify(autoCreation)
    this.#save.run(accountSid, sid, type, address, addressCountry, friendlyName, settings, dateCreated, dateUpdated)
  }

  remove(sid: string): void {
    this.#remove.run(sid)
  }
}

import type { AddressConfigurationRange, AddressConfigurationRecord } from '@conversa/core'
import { bySid } from './row-order.ts'
import { type Undoable, UndoableMap } from './undoable-map.ts'

/** What accounts do with messages to their addresses, in memory. */
export class MemoryAddressConfigurations {
  readonly #configurations: UndoableMap<string, AddressConfigurationRecord>

  constructor(undoable: Undoable) {
    this.#configurations = new UndoableMap(undoable)
  }

  find(accountSid: string, sid: string): AddressConfigurationRecord | undefined {
    const found = this.#configurations.get(sid)
    return found?.accountSid === accountSid ? found : undefined
  }

  findByAddress(accountSid: string, address: string): AddressConfigurationRecord | undefined {
    return this.#configurations.values().find((one) => one.accountSid === accountSid && one.address === address)
  }

  page(accountSid: string, { after, type, limit }: AddressConfigurationRange): AddressConfigurationRecord[] {
    const matching = this.#configurations
      .values()
      .filter((one) => one.accountSid === accountSid && (type === undefined || one.type === type))
    return bySid(matching, after, limit)
  }

  save(record: AddressConfigurationRecord): void {
    const namesake = this.findByAddress(record.accountSid, record.address)
    if (namesake && namesake.sid !== record.sid) throw new Error('unable to save the configuration: its address is taken')
    this.#configurations.set(record.sid, record)
  }

  remove(sid: string): void {
    this.#configurations.delete(sid)
  }
}

import type { ChannelPartRecord } from '@conversa/core'
import { type Undoable, UndoableMap } from './undoable-map.ts'

/** Parts of messages that are not whole yet, in memory. */
export class MemoryChannelParts {
  readonly #records: UndoableMap<string, ChannelPartRecord>

  constructor(undoable: Undoable) {
    this.#records = new UndoableMap(undoable)
  }

  of(adapter: string): ChannelPartRecord[] {
    const own = this.#records.values().filter((one) => one.adapter === adapter)
    const begun = new Map<string, number>()
    for (const { message, dateCreated } of own) begun.set(message, Math.min(dateCreated, begun.get(message) ?? dateCreated))
    const rank = ({ message }: ChannelPartRecord) => begun.get(message) ?? 0
    return own.sort(
      (one, other) =>
        rank(one) - rank(other) ||
        (one.message < other.message ? -1 : Number(one.message > other.message)) ||
        one.number - other.number,
    )
  }

  save(record: ChannelPartRecord): void {
    this.#records.set(keyOf(record), record)
  }

  /** Removes those of which something is true. */
  remove(isMeant: (record: ChannelPartRecord) => boolean): void {
    for (const record of this.#records.values()) if (isMeant(record)) this.#records.delete(keyOf(record))
  }
}

const keyOf = ({ adapter, message, number }: ChannelPartRecord) => JSON.stringify([adapter, message, number])

import type { MediaRecord, UserKey } from '@conversa/core'
import { type Undoable, UndoableMap } from './undoable-map.ts'

/** Records of files, in memory. */
export class MemoryMedia {
  readonly #media: UndoableMap<string, MediaRecord>

  constructor(undoable: Undoable) {
    this.#media = new UndoableMap(undoable)
  }

  find(sid: string): MediaRecord | undefined {
    return this.#media.get(sid)
  }

  findByKey(owner: UserKey, key: string): MediaRecord | undefined {
    return this.#of(owner).find((one) => one.key === key)
  }

  unsentBytes(owner: UserKey): number {
    const unsent = this.#of(owner).filter(({ state }) => state === 'uploading' || state === 'pending')
    return unsent.reduce((sum, { size }) => sum + size, 0)
  }

  toCollect(before: { readonly uploading: number; readonly pending: number }, limit: number): MediaRecord[] {
    const isLate = ({ state, dateCreated }: MediaRecord) =>
      (state === 'uploading' && dateCreated < before.uploading) || (state === 'pending' && dateCreated < before.pending)
    return this.#media
      .values()
      .filter((one) => one.state === 'removed' || isLate(one))
      .slice(0, limit)
  }

  save(record: MediaRecord): void {
    const namesake = record.key === null ? undefined : this.findByKey({ ...record, identity: record.owner }, record.key)
    if (namesake && namesake.sid !== record.sid) throw new Error('unable to save the file: its key is taken')
    this.#media.set(record.sid, record)
  }

  remove(sid: string): void {
    this.#media.delete(sid)
  }

  /** The conversation is gone: its files are to go. */
  freeOf(conversationSid: string): void {
    for (const media of this.#media.values()) {
      if (media.message?.conversationSid === conversationSid) this.save({ ...media, state: 'removed', key: null, message: null })
    }
  }

  #of({ serviceSid, identity }: UserKey): MediaRecord[] {
    return this.#media.values().filter((one) => one.serviceSid === serviceSid && one.owner === identity)
  }
}

import type {
  DeviceCursor,
  DeviceRow,
  ParticipantRecord,
  PushRegistrationRange,
  PushRegistrationRecord,
  UserKey,
} from '@conversa/core'
import type { PushChannel } from '@conversa/protocol'
import { bySid } from './row-order.ts'
import { type Undoable, UndoableMap } from './undoable-map.ts'

/** Devices on which users can be reached, in memory. */
export class MemoryPushRegistrations {
  readonly #registrations: UndoableMap<string, PushRegistrationRecord>

  constructor(undoable: Undoable) {
    this.#registrations = new UndoableMap(undoable)
  }

  find(serviceSid: string, channelType: PushChannel, registrationId: string): PushRegistrationRecord | undefined {
    return this.#registrations
      .values()
      .find((one) => one.serviceSid === serviceSid && one.channelType === channelType && one.registrationId === registrationId)
  }

  findBySid(serviceSid: string, sid: string): PushRegistrationRecord | undefined {
    const found = this.#registrations.get(sid)
    return found?.serviceSid === serviceSid ? found : undefined
  }

  ofUser({ serviceSid, identity }: UserKey, limit: number): PushRegistrationRecord[] {
    const own = this.#registrations.values().filter((one) => one.serviceSid === serviceSid && one.identity === identity)
    return own.sort((a, b) => a.dateUpdated - b.dateUpdated || (a.sid < b.sid ? -1 : 1)).slice(0, limit)
  }

  /** @param participants all of a conversation, in the order of their SIDs */
  ofConversation(
    serviceSid: string,
    participants: readonly ParticipantRecord[],
    { after, limit }: { readonly after: DeviceCursor | undefined; readonly limit: number },
  ): DeviceRow[] {
    const own = (identity: string | null) =>
      this.#registrations.values().filter((one) => one.serviceSid === serviceSid && one.identity === identity)
    const rows = participants.flatMap((participant) =>
      bySid(own(participant.identity), undefined, Number.POSITIVE_INFINITY).map((registration) => ({
        participant,
        registration,
      })),
    )
    const isNext = ({ participant: { sid }, registration }: DeviceRow) =>
      !after || sid > after.participantSid || (sid === after.participantSid && registration.sid > after.registrationSid)
    return rows.filter(isNext).slice(0, limit)
  }

  ofService(serviceSid: string, range: PushRegistrationRange): PushRegistrationRecord[] {
    const { after, identities, channelTypes, limit } = range
    const matching = this.#registrations
      .values()
      .filter(
        (one) =>
          one.serviceSid === serviceSid &&
          (identities?.includes(one.identity) ?? true) &&
          (channelTypes?.includes(one.channelType) ?? true),
      )
    return bySid(matching, after, limit)
  }

  save(record: PushRegistrationRecord): void {
    const { sid, serviceSid, channelType, registrationId } = record
    const namesake = this.find(serviceSid, channelType, registrationId)
    if (namesake && namesake.sid !== sid) throw new Error('unable to save the push registration: its id is taken')
    this.#registrations.set(sid, record)
  }

  remove(sid: string): void {
    this.#registrations.delete(sid)
  }
}

import { SID_PREFIX, type SidKind } from '@conversa/protocol'
import type { Now, RandomBytes } from './ports.ts'

/** Makes a new SID of a kind. */
export type MakeSid = (kind: SidKind) => string

/** SIDs that one maker can make within a millisecond before it borrows from the next one: three digits. */
const PER_MILLISECOND = 0x1000

/**
 * SIDs in the order of their making: 48 bits of milliseconds, 12 bits that count within one, then 68 random bits. An index on
 * ordered SIDs costs half of one on random ones, lists by SID are lists by age, and 68 bits cannot be guessed. A clock that is set
 * back stops the time in SIDs until it has caught up.
 *
 * @param now the clock
 * @param random a cryptographic source of bytes
 */
export function sidMaker(now: Now, random: RandomBytes): MakeSid {
  const bytes = new Uint8Array(10)
  let moment = 0
  let made = 0
  return (kind) => {
    const time = Math.trunc(now())
    made = time > moment ? 0 : made + 1
    moment = Math.max(moment, time)
    if (made === PER_MILLISECOND) {
      moment++
      made = 0
    }
    let drawn = ''
    for (const byte of random(bytes)) drawn += byte.toString(16).padStart(2, '0')
    return SID_PREFIX[kind] + moment.toString(16).padStart(12, '0') + made.toString(16).padStart(3, '0') + drawn.slice(3)
  }
}

/**
 * The SID of a message derives from its conversation and its index, so that storing it needs no index of its own: 20 digits of
 * what tells the conversation from others of its millisecond, and 12 digits of the index.
 */
export function messageSid(conversationSid: string, index: number): string {
  return SID_PREFIX.message + conversationSid.slice(14) + index.toString(16).padStart(12, '0')
}

/** The index within a derived message SID; undefined when the SID is not one of this conversation. */
export function messageIndexOf(conversationSid: string, sid: string): number | undefined {
  const index = Number.parseInt(sid.slice(22), 16)
  return sid === messageSid(conversationSid, index) ? index : undefined
}

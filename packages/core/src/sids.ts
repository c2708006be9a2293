import { SID_PREFIX, type SidKind } from '@conversa/protocol'
import type { Now, RandomBytes } from './ports.ts'

/** Makes a new SID of a kind. */
export type MakeSid = (kind: SidKind) => string

/**
 * SIDs that are time-ordered: 48 bits of milliseconds, then 80 random bits. An index on ordered SIDs costs half of one on random
 * ones, and 80 bits cannot be guessed.
 *
 * @param now the clock
 * @param random a cryptographic source of bytes
 */
export function sidMaker(now: Now, random: RandomBytes): MakeSid {
  const bytes = new Uint8Array(10)
  return (kind) => {
    let hex = Math.trunc(now()).toString(16).padStart(12, '0')
    for (const byte of random(bytes)) hex += byte.toString(16).padStart(2, '0')
    return SID_PREFIX[kind] + hex
  }
}

/**
 * The SID of a message derives from its conversation and its index, so that storing it needs no index of its own: 20 digits of
 * the conversation's random part and 12 digits of the index.
 */
export function messageSid(conversationSid: string, index: number): string {
  return SID_PREFIX.message + conversationSid.slice(14) + index.toString(16).padStart(12, '0')
}

/** The index within a derived message SID; undefined when the SID is not one of this conversation. */
export function messageIndexOf(conversationSid: string, sid: string): number | undefined {
  const index = Number.parseInt(sid.slice(22), 16)
  return sid === messageSid(conversationSid, index) ? index : undefined
}

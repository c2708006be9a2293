import type { MembershipRow, Reads, UserKey } from '../ports/store.ts'
import type { UserRecord } from '../records/records.ts'

/** A place in the list of a user's conversations in the order of their SIDs, and how many are wanted from there on. */
export interface MembershipWindow {
  /** A SID, or any text that stands between two; undefined is the beginning of the order. */
  readonly from: string | undefined
  /** Whether the place itself is left out. */
  readonly isPast: boolean
  readonly order: 'asc' | 'desc'
  readonly limit: number
}

/** What was found there, the revision of the user, and whether there is more on either side. */
export interface MembershipPage {
  readonly rows: readonly MembershipRow[]
  readonly revision: number
  readonly isMoreBefore: boolean
  readonly isMoreAfter: boolean
}

/** A window of a user's conversations by SID, an order that no message changes. It costs as much as it shows, in both directions. */
export async function membershipWindow(reads: Reads, key: UserKey, window: MembershipWindow): Promise<MembershipPage> {
  const user = await reads.user(key)
  if (!user) return { rows: [], revision: 0, isMoreBefore: false, isMoreAfter: false }
  return window.order === 'asc' ? onward(reads, user, window) : backward(reads, user, window)
}

async function onward(reads: Reads, user: UserRecord, { from, isPast, limit }: MembershipWindow): Promise<MembershipPage> {
  const here = from === undefined || isPast ? undefined : await membershipIn(reads, user, from)
  const found = [...(here ? [here] : []), ...(await reads.membershipsBySid(user, from, limit + 1))]
  const [first] = from === undefined ? [] : await reads.membershipsBySid(user, undefined, 1)
  const rows = found.slice(0, limit)
  const begin = rows[0]?.conversation.sid ?? from
  const isMoreBefore = first !== undefined && begin !== undefined && first.conversation.sid < begin
  return { rows, revision: user.revision, isMoreBefore, isMoreAfter: found.length > limit }
}

async function backward(reads: Reads, user: UserRecord, { from, isPast, limit }: MembershipWindow): Promise<MembershipPage> {
  const here = from === undefined || isPast ? undefined : await membershipIn(reads, user, from)
  const found = [...(here ? [here] : []), ...(await reads.membershipsBefore(user, from, limit + 1))]
  const [last] = from === undefined ? [] : await reads.membershipsBefore(user, undefined, 1)
  const rows = found.slice(0, limit)
  const begin = rows[0]?.conversation.sid ?? from
  const isMoreBefore = last !== undefined && begin !== undefined && last.conversation.sid > begin
  return { rows, revision: user.revision, isMoreBefore, isMoreAfter: found.length > limit }
}

async function membershipIn(reads: Reads, { serviceSid, identity }: UserRecord, sid: string): Promise<MembershipRow | undefined> {
  const conversation = await reads.conversation(serviceSid, sid)
  const participant = conversation && (await reads.participantOf(sid, identity))
  return participant && { conversation, participant }
}

import type { ConversationRecord } from '@conversa/core'

/** A page of rows in the order of their SIDs, after one. */
export function bySid<Row extends { readonly sid: string }>(
  rows: readonly Row[],
  after: string | undefined,
  limit: number,
): Row[] {
  const later = rows.filter(({ sid }) => after === undefined || sid > after)
  return later.sort((a, b) => (a.sid < b.sid ? -1 : 1)).slice(0, limit)
}

/** Newest activity first. */
export function newestFirst(a: { activity: number; sid: string }, b: { activity: number; sid: string }): number {
  if (a.activity !== b.activity) return b.activity - a.activity
  return a.sid < b.sid ? 1 : a.sid > b.sid ? -1 : 0
}

type Created = Pick<ConversationRecord, 'dateCreated' | 'sid'>

/** Created last first. */
export function lastCreatedFirst(a: Created, b: Created): number {
  if (a.dateCreated !== b.dateCreated) return b.dateCreated - a.dateCreated
  return a.sid < b.sid ? 1 : a.sid > b.sid ? -1 : 0
}

/** A page of rows in the order of their SIDs, after one. */
export function bySid<Row extends { readonly sid: string }>(
  rows: readonly Row[],
  after: string | undefined,
  limit: number,
): Row[] {
  const later = rows.filter(({ sid }) => after === undefined || sid > after)
  return later.sort((a, b) => (a.sid < b.sid ? -1 : 1)).slice(0, limit)
}

/** SQLite's code for a database that somebody else has locked. */
const SQLITE_BUSY = 5

/** Whether somebody else has the database locked. */
export function isLocked(error: unknown): boolean {
  return (error as { errcode?: number }).errcode === SQLITE_BUSY
}

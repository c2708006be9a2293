/** SQLite's codes for a page that cannot be, and for a file that is none of its own. */
const [SQLITE_CORRUPT, SQLITE_NOTADB] = [11, 26]

/** Whether SQLite, or who reads for us what it gives, found something that nobody can have written. */
export function isDamage(error: unknown): error is Error {
  const { code, errcode } = error as { code?: string; errcode?: number }
  // A number is beyond what fits: the program writes none.
  if (code === 'ERR_OUT_OF_RANGE') return true
  return code === 'ERR_SQLITE_ERROR' && [SQLITE_CORRUPT, SQLITE_NOTADB].includes((errcode ?? 0) & 0xff)
}

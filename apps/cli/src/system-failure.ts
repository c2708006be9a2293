/** What the system says, in words: its own name what was wanted and not what is the matter. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'the user who runs this has no right to',
  EPERM: 'the user who runs this has no right to',
  EROFS: 'it is on a disk that can only be read',
  ENOENT: 'it, or a folder on the way to it, is not there',
  ENOTDIR: 'something on the way to it is a file and no folder',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the user who runs this has no more room on the disk',
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'its name leads nowhere',
  EAI_AGAIN: 'its name leads nowhere at this moment',
  EHOSTUNREACH: 'there is no way to it',
  ETIMEDOUT: 'it does not answer',
}

/** What a failure may say of itself. */
interface Details extends NodeJS.ErrnoException {
  readonly dest?: string
  readonly address?: string
  readonly port?: number
  readonly hostname?: string
  /** PostgreSQL's answers have one. */
  readonly severity?: string
}

const DEEDS: Readonly<Record<string, string>> = { connect: 'connect to', getaddrinfo: 'find' }

/** How people are told of a failure: what the system or the database refused, with the file, folder or machine that it is about. */
export function tellFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // A name that has several addresses, none of which answers.
  if (error instanceof AggregateError && error.errors.length > 0) return tellFailure(error.errors[0])
  const { code = '', syscall = '', path, dest, address, port, hostname, severity } = error as Details
  if (severity !== undefined) return `PostgreSQL refuses: ${error.message}`
  const place = hostname ?? (address === undefined ? path : `${address}:${port}`)
  const words = WORDS[code]
  if (words === undefined || place === undefined) return error.message
  return `unable to ${DEEDS[syscall] ?? syscall} ${place}${dest === undefined ? '' : ` to ${dest}`}: ${words} (${code})`
}

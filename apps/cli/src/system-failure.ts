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
}

/** How people are told of a failure: what the system refused, with the file or folder that it is about. */
export function tellFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code = '', syscall, path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string }
  const words = WORDS[code]
  if (words === undefined || syscall === undefined || path === undefined) return error.message
  return `unable to ${syscall} ${path}${dest === undefined ? '' : ` to ${dest}`}: ${words} (${code})`
}

import { mkdirSync, statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * Keeps what V8 makes of the program in the folder of this user's caches, so that the next start finds it compiled. Must run before the
 * program is loaded. Where `NODE_COMPILE_CACHE` names a folder Node has begun already; `NODE_DISABLE_COMPILE_CACHE` turns it off. Where
 * nothing can be kept the program runs without.
 */
export function keepCompiled(env: NodeJS.ProcessEnv): void {
  if (env.NODE_COMPILE_CACHE) return
  try {
    const caches = env.XDG_CACHE_HOME || join(homedir(), '.cache')
    const folder = join(caches, 'conversa')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if ([dirname(caches), caches, folder].every(isOurs)) enableCompileCache(folder)
  } catch {
    // No home, or one that cannot be written.
  }
}

/** Whether nobody else can put something there: Node runs what it finds in its cache. */
function isOurs(folder: string): boolean {
  const me = process.getuid?.()
  if (me === undefined) return true
  const { uid, mode } = statSync(folder)
  return (uid === me || uid === 0) && (mode & 0o022) === 0
}

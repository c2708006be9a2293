import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Running, run } from '../compose.ts'
import { type Config, readConfig } from '../config.ts'
import { developmentCredentials } from '../credentials.ts'

/** Where the built web app is: inside the built program, or in its workspace. */
const WEB_FOLDERS = ['../web', '../../../web/dist'].map((path) => fileURLToPath(new URL(path, import.meta.url)))

/**
 * `conversa serve`: starts the server and serves until SIGINT or SIGTERM.
 *
 * @returns the exit code; undefined while it serves
 */
export async function serve(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<number | undefined> {
  const config = readConfig(env)
  if ('problems' in config) return complain(config.problems, say)
  const known = await credentialsOf(config)
  if ('problems' in known) return complain(known.problems, say)
  if (known.path !== undefined) say(`credentials: ${known.path}${known.created ? ' (new)' : ''}`)
  const webFolder = WEB_FOLDERS.find((path) => existsSync(path))
  const running = await run(config, { credentials: known.credentials, ...(webFolder !== undefined && { webFolder }) })
  // Whoever waits for the next line may send a signal at once.
  closeOnSignal(running)
  say(`Conversa serves at ${running.url}`)
  if (config.mode === 'development') say('development mode: anybody on this machine can sign in as anybody')
  return undefined
}

async function credentialsOf(config: Config): ReturnType<typeof developmentCredentials> {
  if (config.mode === 'production') return { credentials: config.credentials, path: undefined, created: false }
  return developmentCredentials(config.dataDirectory, config.credentials, (bytes) => crypto.getRandomValues(bytes))
}

function complain(problems: readonly string[], say: (line: string) => void): number {
  for (const problem of problems) say(problem)
  return 2
}

function closeOnSignal(running: Running): void {
  let closing = false
  const close = () => {
    if (closing) return
    closing = true
    running.close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.on('SIGINT', close)
  process.on('SIGTERM', close)
}

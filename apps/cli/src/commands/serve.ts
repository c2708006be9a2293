import { existsSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { type Running, run } from '../compose.ts'
import { readConfig } from '../config.ts'
import { credentialsOf } from '../credentials.ts'
import { complain, type ExitCode, type Terminal } from '../terminal.ts'

/** Where the built web app is: beside the bundled program's folder, or in its workspace. */
const WEB_FOLDERS = ['../web', '../../../web/dist'].map((path) => fileURLToPath(new URL(path, import.meta.url)))

/** Adds `conversa serve`, which is also meant where no command is named. */
export function addServe(program: Command, terminal: Terminal): void {
  program
    .command('serve', { isDefault: true })
    .description('start the server; settings come from the environment')
    .action(async () => {
      const code = await serve(terminal)
      if (code !== undefined) terminal.exit(code)
    })
}

/** Starts the server and serves until SIGINT or SIGTERM. @returns the exit code; undefined while it serves */
async function serve(terminal: Terminal): Promise<ExitCode | undefined> {
  const { env, say } = terminal
  const config = readConfig(env)
  if ('problems' in config) return complain(config.problems, terminal)
  const known = await credentialsOf(config)
  if ('problems' in known) return complain(known.problems, terminal)
  if (known.path !== undefined) say(`credentials: ${known.path}${known.created ? ' (new)' : ''}`)
  const webFolder = WEB_FOLDERS.find((path) => existsSync(path))
  const running = await run(config, { credentials: known.credentials, ...(webFolder !== undefined && { webFolder }) })
  // Whoever waits for the next line may send a signal at once.
  closeOnSignal(running)
  say(`Conversa serves at ${running.url}`)
  if (config.mode === 'development') {
    say('development mode: anybody on this machine can sign in as anybody')
    if (webFolder !== undefined) say(`phones and mailboxes: ${running.url}/simulator`)
  }
  // Now, and not at the end: many servers are killed, and what a start needs is known.
  flushCompileCache()
  return undefined
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

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openFileBlobs } from '@conversa/adapters/files'
import { restoreBackup } from '@conversa/adapters/sqlite'
import type { Command } from 'commander'
import { readReach } from '../config.ts'
import { embeddedOnly } from '../embedded-only.ts'
import { complain, type ExitCode, type Terminal } from '../terminal.ts'

const HELP = `
Works on the data folder of a server that does not run (CONVERSA_DATA). Clients notice that the server has another
past than they know, and ask for everything anew. Files of messages come with the backup, unless it was made without
them: then put the folder media beside the database yourself. Credentials are not in a backup.

Examples:
  CONVERSA_DATA=/srv/conversa conversa restore /srv/backups/conversa-monday.backup
  conversa restore conversa-monday.backup --force

Ends with 0, with 1 when the backup is damaged or a server uses the data folder, with 2 when it was called wrongly or
there is a database already.`

interface RestoreOptions {
  readonly force?: boolean
  readonly json?: boolean
}

/** Adds `conversa restore`. */
export function addRestore(program: Command, terminal: Terminal): void {
  program
    .command('restore')
    .description('make a data folder of a backup')
    .argument('<file>', 'what `conversa backup` has written')
    .option('--force', 'replace the database that is there')
    .option('--json', 'answer in JSON, for programs')
    .addHelpText('after', HELP)
    .action(async (file: string, options: RestoreOptions) => {
      const config = readReach(terminal.env)
      const problems = 'problems' in config ? config.problems : embeddedOnly(config, 'restore', 'pg_restore fills that')
      if ('problems' in config || problems.length > 0) return terminal.exit(complain(problems, terminal))
      terminal.exit(await run(file, config.dataDirectory, options, terminal))
    })
}

async function run(file: string, folder: string, { force, json }: RestoreOptions, terminal: Terminal): Promise<ExitCode> {
  const path = join(folder, 'conversa.db')
  if (!existsSync(file)) return complain([`there is no ${file}`], terminal)
  if (existsSync(path) && !force)
    return complain([`${path} is there already: --force replaces it, and all that is in it`], terminal)
  const { files } = await restoreBackup({ file, path, blobs: await openFileBlobs(join(folder, 'media')) })
  const told =
    files === undefined ? 'without files of messages: put the folder media beside it' : `with ${files} files of messages`
  terminal.print(json ? JSON.stringify({ path, files: files ?? null }) : `${path}: restored, ${told}`)
  return 0
}

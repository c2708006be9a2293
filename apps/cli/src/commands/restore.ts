import { constants, existsSync, statSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { openFileBlobs } from '@conversa/adapters/files'
import { restoreBackup } from '@conversa/adapters/sqlite'
import type { Command } from 'commander'
import { type Reach, readReach } from '../config.ts'
import { withoutSecrets } from '../describe-config.ts'
import { ProgressLine, screenOf } from '../progress-line.ts'
import { complain, type ExitCode, type Terminal } from '../terminal.ts'

const HELP = `
Works on the data folder of a server that does not run (CONVERSA_DATA); with CONVERSA_DATABASE_URL the database there is
filled instead, from a backup of whichever store: stop all nodes first. Clients notice that the server has another past
than they know, and ask for everything anew. Files of messages come with the backup, unless it was made without them:
then put the folder media into the data folder yourself. Credentials are not in a backup. All of it is looked at first,
every row and every file: of a backup that is damaged or cut off nothing is restored.

Examples:
  CONVERSA_DATA=/srv/conversa conversa restore /srv/backups/conversa-monday.backup
  conversa restore conversa-monday.backup --force

Ends with 0, with 1 when the backup is damaged or a server uses the data folder, with 2 when it was called wrongly or
there is a database already.`

interface RestoreOptions {
  readonly force?: boolean
  readonly json?: boolean
}

/** What was made, and how many files came with it; undefined when the backup is without them. */
interface Made {
  readonly place: string
  readonly files: number | undefined
  readonly areFilesChecked: boolean
}

/** Adds `conversa restore`. */
export function addRestore(program: Command, terminal: Terminal): void {
  program
    .command('restore')
    .description('fill a store that is not in use from a backup')
    .argument('<file>', 'what `conversa backup` has written')
    .option('--force', 'replace what is there')
    .option('--json', 'answer in JSON, for programs')
    .addHelpText('after', HELP)
    .action(async (file: string, options: RestoreOptions) => {
      const config = readReach(terminal.env)
      if ('problems' in config) return terminal.exit(complain(config.problems, terminal))
      terminal.exit(await run(file, config, options, terminal))
    })
}

async function run(file: string, config: Reach, { force, json }: RestoreOptions, terminal: Terminal): Promise<ExitCode> {
  if (!existsSync(file)) return complain([`there is no ${file}`], terminal)
  if (statSync(file).isDirectory()) return complain([`${file} is a folder: name the backup in it`], terminal)
  // Before anything is made.
  await access(file, constants.R_OK)
  const restore = config.databaseUrl === undefined ? intoFolder : intoPostgres
  const made = await restore(file, config, force === true, terminal)
  if (typeof made === 'string') return complain([`${made}: --force replaces it, and all that is in it`], terminal)
  const { place, files } = made
  terminal.print(json ? JSON.stringify({ path: place, files: files ?? null }) : `${place}: restored, ${told(made)}`)
  return 0
}

function told({ files, areFilesChecked }: Made): string {
  if (files === undefined) return 'without files of messages: put the folder media into the data folder'
  const unchecked = areFilesChecked || files === 0 ? '' : '; an older program made the backup, without checksums of their bytes'
  return `with ${files} files of messages${unchecked}`
}

const blobsOf = ({ dataDirectory }: Reach) => openFileBlobs(join(dataDirectory, 'media'))

/** @returns what is there already, in words */
async function intoFolder(file: string, config: Reach, force: boolean): Promise<Made | string> {
  const path = join(config.dataDirectory, 'conversa.db')
  if (existsSync(path) && !force) return `${path} is there already`
  return { place: path, ...(await restoreBackup({ file, path, blobs: await blobsOf(config) })) }
}

/** @returns what is there already, in words */
async function intoPostgres(file: string, config: Reach, force: boolean, terminal: Terminal): Promise<Made | string> {
  const { restoreToPostgres, TargetNotEmpty } = await import('@conversa/adapters/transfer')
  const { databaseUrl: url = '', dataDirectory } = config
  const line = new ProgressLine(screenOf(terminal))
  line.begin()
  try {
    const restored = await restoreToPostgres({
      file,
      url,
      blobs: await blobsOf(config),
      folder: join(dataDirectory, 'restoring'),
      replaces: force,
      watch: ({ rows, total }) => line.show(() => line.bar(rows, total, `${rows} of ${total} rows`)),
    })
    return { place: withoutSecrets(url), ...restored }
  } catch (error) {
    if (error instanceof TargetNotEmpty) return error.message
    throw error
  }
}

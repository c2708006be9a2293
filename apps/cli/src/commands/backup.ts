import { existsSync, statSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { faultOfBackup } from '@conversa/adapters/sqlite'
import type { Command } from 'commander'
import { addServerOptions, OPERATOR_HELP, onServer, type RunningServer, type ServerOptions } from '../running-server.ts'
import { complain, type ExitCode, type Terminal } from '../terminal.ts'

const HELP = `
The server goes on meanwhile. What it acknowledged before the backup began is in it. It needs room in its data folder
for one more copy. The file is looked at as \`conversa restore\` does it: there is none when something in it is damaged.

Examples:
  conversa backup /srv/backups/conversa-monday.backup
  conversa backup small.backup --without-files --url https://chat.example.org
${OPERATOR_HELP}
Ends with 0, with 1 when the server is not reached, the file cannot be written or what the server keeps is damaged, with
2 when it was called wrongly or the file is there already.`

interface BackupOptions extends ServerOptions {
  readonly files: boolean
  readonly force?: boolean
}

/** Adds `conversa backup`. */
export function addBackup(program: Command, terminal: Terminal): void {
  addServerOptions(program.command('backup'))
    .description('copy all that the running server keeps into one file, for `conversa restore`')
    .argument('<file>', 'the file to write')
    .option('--without-files', 'without the files of messages')
    .option('--force', 'replace the file if it is there')
    .addHelpText('after', HELP)
    .action((file: string, given: ServerOptions & { withoutFiles?: boolean; force?: boolean }) => {
      const options = { ...given, files: !given.withoutFiles }
      const folder = dirname(resolve(file))
      // Before the server begins: a backup may take long.
      if (isFolder(file)) return terminal.exit(complain([`${file} is a folder: name the file to write`], terminal))
      if (!isFolder(folder)) return terminal.exit(complain([`there is no folder ${folder}`], terminal))
      if (existsSync(file) && !options.force) {
        return terminal.exit(complain([`${file} is there already: --force replaces it`], terminal))
      }
      return onServer(terminal, options, (server) => run(server, file, options, terminal), 'operator')
    })
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

async function run(
  server: RunningServer,
  file: string,
  { files, json }: BackupOptions,
  { print, say }: Terminal,
): Promise<ExitCode> {
  // With much to copy it is long before the first byte comes.
  say('the server makes a copy …')
  const answer = await server.request('GET', `/Backup?Files=${files}`)
  const bytes = await writeWhole(file, answer.body as ReadableStream<Uint8Array>, (so) => say(`${so >> 20} MB …`))
  print(json ? JSON.stringify({ file, bytes, files }) : `${file}: ${bytes} bytes${files ? '' : ', without files of messages'}`)
  return 0
}

/** What is damaged is copied as it is: whoever has older backups is to know before they are gone. */
const damaged = (fault: string) =>
  `there is no backup: ${fault}. Keep the older backups, stop the server, and list all that is damaged with \`conversa verify\``

/** Bytes between two lines about how far it is. */
const BETWEEN_LINES = 64 * 2 ** 20

/** Writes beside, and moves into place what is whole and on disk. @returns how many bytes there were; throws when it is damaged */
async function writeWhole(file: string, body: ReadableStream<Uint8Array>, progress: (bytes: number) => void): Promise<number> {
  const beside = `${file}.partial`
  let [bytes, said] = [0, 0]
  try {
    // What it holds is for whoever wrote it, and for nobody else on this machine.
    await using handle = await open(beside, 'w', 0o600)
    for await (const chunk of Readable.fromWeb(body as never) as AsyncIterable<Uint8Array>) {
      await handle.write(chunk)
      bytes += chunk.length
      if (bytes - said < BETWEEN_LINES) continue
      said = bytes
      progress(bytes)
    }
    await handle.sync()
    const fault = faultOfBackup(beside)
    if (fault !== undefined) throw new Error(damaged(fault))
    await rename(beside, file)
    return bytes
  } finally {
    await rm(beside, { force: true })
  }
}

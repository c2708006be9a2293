import { existsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileInventory, openFileBlobs } from '@conversa/adapters/files'
import type { Command } from 'commander'
import { type Reach, readReach } from '../config.ts'
import { withoutSecrets } from '../describe-config.ts'
import { ProgressLine, screenOf } from '../progress-line.ts'
import { complain, type ExitCode, type Terminal } from '../terminal.ts'
import { verifyStore } from '../verify-store.ts'

const HELP = `
Moves all that the database of a data folder holds into an empty one on PostgreSQL: all of it, or nothing. Stop the server
first. Files of messages stay where they are, or are copied into CONVERSA_DATA when they are in another folder. At the
end everything is counted on both sides, and recounted as by conversa verify. Nothing is written to the old database:
keep it as a backup, and never serve it again. Clients go on from what they know, as after a restart.

Examples:
  CONVERSA_DATABASE_URL=postgres://conversa@db/conversa conversa migrate
  conversa migrate --from sqlite:/srv/old/conversa.db --to postgres://conversa@db/conversa --json

Ends with 0 when everything is there, with 1 when it is not, with 2 when it was called wrongly or something is there
already.`

interface MigrateOptions {
  readonly from: string
  readonly to: string
  readonly json?: boolean
}

/** From where to where, and the folder for files at either end. */
interface Route {
  readonly path: string
  readonly url: string
  readonly media: { readonly from: string; readonly to: string }
}

/** Adds `conversa migrate`. */
export function addMigrate(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description('move everything from SQLite to PostgreSQL')
    .option('--from <place>', 'sqlite (that of CONVERSA_DATA), or sqlite:<file or data folder>', 'sqlite')
    .option('--to <place>', 'postgres (what CONVERSA_DATABASE_URL names), or postgres://…', 'postgres')
    .option('--json', 'answer in JSON, for programs')
    .addHelpText('after', HELP)
    .action(async (options: MigrateOptions) => {
      const config = readReach(terminal.env)
      const route = 'problems' in config ? config : routeOf(options, config)
      if ('problems' in config || 'problems' in route) {
        return terminal.exit(complain('problems' in route ? route.problems : [], terminal))
      }
      terminal.exit(await run(route, config.dataDirectory, options, { terminal, line: new ProgressLine(screenOf(terminal)) }))
    })
}

function routeOf({ from, to }: MigrateOptions, config: Reach): Route | { readonly problems: readonly string[] } {
  const [, place] = /^sqlite(?::(.+))?$/.exec(from) ?? []
  const url = to === 'postgres' ? config.databaseUrl : to
  const problems: string[] = []
  if (!/^sqlite(?::.+)?$/.test(from)) problems.push('--from is sqlite, or sqlite: and a file or a data folder')
  if (url === undefined) problems.push('CONVERSA_DATABASE_URL names the database on PostgreSQL, or --to does')
  else if (!/^postgres(ql)?:\/\//.test(url)) problems.push('--to is postgres, or an address that begins with postgres://')
  const given = place ?? config.dataDirectory
  const path = resolve(existsSync(given) && statSync(given).isDirectory() ? join(given, 'conversa.db') : given)
  if (!existsSync(path)) problems.push(`there is no ${path}`)
  if (problems.length > 0 || url === undefined) return { problems }
  return { path, url, media: { from: join(dirname(path), 'media'), to: resolve(config.dataDirectory, 'media') } }
}

async function run(
  route: Route,
  dataDirectory: string,
  { json }: MigrateOptions,
  { terminal, line }: { readonly terminal: Terminal; readonly line: ProgressLine },
): Promise<ExitCode> {
  const { moveToPostgres, TargetNotEmpty } = await import('@conversa/adapters/transfer')
  const { path, url } = route
  line.begin()
  const files = await copyFiles(route.media, line)
  const moved = await moveToPostgres({
    path,
    url,
    watch: ({ rows, total }) => line.show(() => line.bar(rows, total, `${rows} of ${total} rows`)),
  }).catch((error: unknown) => {
    if (error instanceof TargetNotEmpty) return error
    throw error
  })
  if (moved instanceof TargetNotEmpty) return complain([moved.message], terminal)
  const { looked, findings } = await verifyStore({ databaseUrl: url, dataDirectory }, (now) =>
    line.show(() => `looking: ${now.conversations} conversations, ${now.messages} messages`),
  )
  const to = withoutSecrets(url)
  if (json) terminal.print(JSON.stringify({ from: path, to, ...moved, files, looked, findings }, null, 2))
  const rows = Object.values(moved.rows).reduce((sum, count) => sum + count, 0)
  const judged = findings.length === 0 ? 'all as it should be' : `${findings.length} findings, which conversa verify lists`
  line.say(`${path} to ${to}: ${rows} rows, ${files} files copied; ${looked.messages} messages: ${judged}`)
  return findings.length === 0 ? 0 : 1
}

/** Files never change under their SID: what is there already stays. @returns how many were copied */
async function copyFiles({ from, to }: Route['media'], line: ProgressLine): Promise<number> {
  if (from === to || !existsSync(from)) return 0
  const [source, target] = [await openFileBlobs(from), await openFileBlobs(to)]
  const [here, there] = [fileInventory(from), fileInventory(to)]
  let copied = 0
  for await (const sid of here.sids()) {
    if ((await here.size(sid)) === (await there.size(sid))) continue
    const content = await source.read(sid)
    if (!content) continue
    await target.remove(sid)
    await target.write(sid, content)
    copied++
    line.show(() => `${copied} files`)
  }
  return copied
}

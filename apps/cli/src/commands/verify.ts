import { setImmediate } from 'node:timers/promises'
import type { Verified } from '@conversa/core'
import type { Command } from 'commander'
import { type Reach, readReach } from '../config.ts'
import { complain, type ExitCode, type Terminal } from '../terminal.ts'
import { textTable } from '../text-table.ts'
import { verifyStore } from '../verify-store.ts'

const HELP = `
Looks at the data folder of a server that does not run (CONVERSA_DATA), or at the database on PostgreSQL that
CONVERSA_DATABASE_URL names, and changes nothing. It recounts messages, participants and unread messages, walks over
indexes and revisions, looks everything up by its names, and compares files with their records. On PostgreSQL it looks
at one moment, and nodes may go on meanwhile; only files that come or go then are found to be missing or too many.

Examples:
  conversa verify
  CONVERSA_DATA=/srv/conversa conversa verify --json

Ends with 0 when everything is as it should be, with 1 when something is not or the data cannot be read, with 2 when
it was called wrongly. What to do about findings: restore a backup, and tell us how they came about.`

/** Milliseconds between two lines about how far it is. */
const BETWEEN_LINES = 2000

/** Adds `conversa verify`. */
export function addVerify(program: Command, terminal: Terminal): void {
  program
    .command('verify')
    .description('recount everything that the store holds and compare it with what is kept')
    .option('--json', 'answer in JSON, for programs')
    .addHelpText('after', HELP)
    .action(async ({ json }: { readonly json?: boolean }) => {
      const config = readReach(terminal.env)
      if ('problems' in config) return terminal.exit(complain(config.problems, terminal))
      terminal.exit(await run(config, json, terminal))
    })
}

async function run(config: Reach, json: boolean | undefined, { print, say }: Terminal): Promise<ExitCode> {
  const { looked, findings } = await verifyStore(config, spoken(say))
  if (json) print(JSON.stringify({ looked, findings }, null, 2))
  else {
    if (findings.length > 0)
      print(
        textTable(
          ['WHAT', 'WHERE', 'WHY'],
          findings.map((each) => [each.kind, each.subject, each.message]),
        ),
      )
    say(`${counts(looked)}: ${findings.length === 0 ? 'all as it should be' : `${findings.length} findings`}`)
  }
  return findings.length === 0 ? 0 : 1
}

/** Says now and then how much was looked at. */
function spoken(say: (line: string) => void): (looked: Readonly<Verified>) => Promise<void> {
  let said = Date.now()
  return async (looked) => {
    if (Date.now() - said < BETWEEN_LINES) return
    said = Date.now()
    say(`${counts(looked)} …`)
    // Lets an interrupt of the terminal in.
    await setImmediate()
  }
}

function counts(looked: Readonly<Verified>): string {
  return Object.entries(looked)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}

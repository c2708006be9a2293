import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileInventory } from '@conversa/adapters/files'
import { openSqliteInventory } from '@conversa/adapters/sqlite'
import { type Finding, type Verified, verify } from '@conversa/core'
import type { Command } from 'commander'
import { readReach } from '../config.ts'
import { embeddedOnly } from '../embedded-only.ts'
import { complain, type ExitCode, type Terminal } from '../terminal.ts'
import { textTable } from '../text-table.ts'

const HELP = `
Looks at the data folder of a server that does not run (CONVERSA_DATA), and changes nothing. It recounts messages,
participants and unread messages, walks over indexes and revisions, looks everything up by its names, and compares
files with their records.

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
    .description('recount everything in a data folder and compare it with what is kept')
    .option('--json', 'answer in JSON, for programs')
    .addHelpText('after', HELP)
    .action(async ({ json }: { readonly json?: boolean }) => {
      const config = readReach(terminal.env)
      const problems = 'problems' in config ? config.problems : embeddedOnly(config, 'verify', 'amcheck looks into that')
      if ('problems' in config || problems.length > 0) return terminal.exit(complain(problems, terminal))
      terminal.exit(await run(config.dataDirectory, json, terminal))
    })
}

async function run(folder: string, json: boolean | undefined, { print, say }: Terminal): Promise<ExitCode> {
  using inventory = openSqliteInventory(join(folder, 'conversa.db'))
  const media = join(folder, 'media')
  const progress = new Progress(say)
  const findings: Finding[] = []
  for await (const finding of verify(inventory, existsSync(media) ? fileInventory(media) : undefined, progress.watch)) {
    findings.push(finding)
  }
  const { looked } = progress
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

class Progress {
  looked: Verified = { services: 0, users: 0, conversations: 0, messages: 0, files: 0 }
  readonly #say: (line: string) => void
  #said = Date.now()

  constructor(say: (line: string) => void) {
    this.#say = say
  }

  readonly watch = async (looked: Readonly<Verified>): Promise<void> => {
    this.looked = { ...looked }
    if (Date.now() - this.#said < BETWEEN_LINES) return
    this.#said = Date.now()
    this.#say(`${counts(looked)} …`)
    // Lets an interrupt of the terminal in.
    await setImmediate()
  }
}

function counts(looked: Readonly<Verified>): string {
  return Object.entries(looked)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}

import type { Command } from 'commander'
import { IMPORT_VARIABLES } from '../config.ts'
import type { ImportOptions } from '../import/import-options.ts'
import { screenOf } from '../progress-line.ts'
import type { Terminal } from '../terminal.ts'

/** Adds `conversa import`. */
export function addImport(program: Command, terminal: Terminal): void {
  const screen = screenOf(terminal)
  const severally = (sid: string, before: readonly string[] = []) => [...before, sid]
  program
    .command('import')
    .description('move conversations from another server of this REST API into this one, which must be stopped')
    .option('--from <url>', `where its API is, such as https://conversations.twilio.com (or ${IMPORT_VARIABLES.from})`)
    .option('--account <sid>', `its account or API key (or ${IMPORT_VARIABLES.account})`)
    .option('--token <secret>', `the secret of that; better in ${IMPORT_VARIABLES.token}, which nobody else sees`)
    .option('--service <sid>', 'only this service; may be repeated', severally)
    .option('--media <url>', 'where its files are, if elsewhere')
    .option('--parallel <count>', 'conversations at the same time (4)')
    .option('--tries <count>', 'tries of a request that fails (8)')
    .option('--no-webhooks', 'leave webhooks where they are')
    .option('--json', 'write a report to standard output')
    .action(async (options: ImportOptions) => {
      // Its schemas are compiled when they are loaded, which no other command waits for.
      const { importFrom } = await import('../import/import-from.ts')
      terminal.exit(await importFrom(terminal.env, options, { screen, report: terminal.print }))
    })
}

import type { Command } from 'commander'
import { readCount } from '../count-argument.ts'
import { isOneWay, readIds, replay } from '../dead-letters.ts'
import { showPage } from '../page.ts'
import { addServerOptions, CREDENTIALS_HELP, onServer, type RunningServer, type ServerOptions } from '../running-server.ts'
import { complain, type ExitCode, type Terminal } from '../terminal.ts'

/** A delivery that a webhook never took, as the server tells it. */
interface DeadLetter {
  readonly id: number
  readonly event_id: string
  readonly event_type: string
  readonly webhook_sid: string
  readonly subject_sid: string
  readonly url: string
  readonly attempts: number
  readonly date_created: string
}

interface ListOptions extends ServerOptions {
  readonly webhook?: string
  readonly limit: number
  readonly after?: number
}

interface ReplayOptions extends ServerOptions {
  readonly all?: boolean
  readonly webhook?: string
}

/** What waits for others than webhooks is not looked at here. */
const Kind = 'webhook'

/** Adds `conversa hooks list` and `conversa hooks replay`. */
export function addHooks(program: Command, terminal: Terminal): void {
  const hooks = program.command('hooks').description('look at what webhooks never took, and let it be tried again')
  addServerOptions(hooks.command('list'))
    .description('list the dead letters of the running server, oldest event first')
    .option('--webhook <sid>', 'only those of one webhook')
    .option('--limit <count>', 'how many at most, up to 500', readCount, 50)
    .option('--after <id>', 'behind this one', readCount)
    .addHelpText('after', LIST_HELP)
    .action((options: ListOptions) => onServer(terminal, options, (server) => list(server, options, terminal)))
  addServerOptions(hooks.command('replay'))
    .description('let dead letters be tried again at once')
    .argument('[ids...]', 'which of them, as the list numbers them', readIds)
    .option('--all', 'all of them')
    .option('--webhook <sid>', 'all of one webhook')
    .addHelpText('after', REPLAY_HELP)
    .action((ids: readonly number[], options: ReplayOptions) => {
      const { all, webhook: WebhookSid, json } = options
      if (!isOneWay(ids, all, WebhookSid))
        return terminal.exit(complain(['say which: some ids, or --all, or --webhook <sid>'], terminal))
      return onServer(terminal, options, (server) => replay(server, ids, { Kind, WebhookSid }, { json, terminal }))
    })
}

const LIST_HELP = `
Examples:
  conversa hooks list
  conversa hooks list --webhook WH0123456789abcdef0123456789abcdef --limit 10
  conversa hooks list --json --url https://chat.example.org
${CREDENTIALS_HELP}
Ends with 0, with 1 when the server is not reached or says no, with 2 when it was called wrongly.`

const REPLAY_HELP = `
Examples:
  conversa hooks replay 17 18
  conversa hooks replay --webhook WH0123456789abcdef0123456789abcdef
  conversa hooks replay --all
${CREDENTIALS_HELP}
Ends with 0, with 1 when one of them is not there or the server is not reached, with 2 when it was called wrongly.`

const COLUMNS = ['ID', 'EVENT', 'SINCE', 'TRIES', 'WEBHOOK', 'ABOUT', 'URL']

async function list(server: RunningServer, options: ListOptions, terminal: Terminal): Promise<ExitCode> {
  const { webhook: WebhookSid, limit: PageSize, after: After, json } = options
  const page = await server.get<{ dead_letters: DeadLetter[]; next: number | null }>('/DeadLetters', {
    Kind,
    WebhookSid,
    PageSize,
    After,
  })
  const onward = page.next === null ? undefined : `--after ${page.next}`
  const shown = { head: COLUMNS, rows: page.dead_letters.map(rowOf), nothing: 'no dead letters', onward }
  return showPage(page, shown, { json, terminal })
}

function rowOf({ id, event_type, date_created, attempts, webhook_sid, subject_sid, url }: DeadLetter): string[] {
  return [String(id), event_type, date_created, String(attempts), webhook_sid, subject_sid, url]
}

import type { Command } from 'commander'
import { readCount } from '../count-argument.ts'
import { isOneWay, readIds, replay } from '../dead-letters.ts'
import { showPage } from '../page.ts'
import {
  addServerOptions,
  CREDENTIALS_HELP,
  onServer,
  type RunningServer,
  type ServerOptions,
  ServerRefusal,
} from '../running-server.ts'
import { complain, type ExitCode, type Terminal } from '../terminal.ts'

/** A message that somebody outside of the app never got, as the server tells it. */
interface DeadLetter {
  readonly id: number
  readonly proxy_address: string
  readonly address: string
  /** Null for an answer to STOP and the like. */
  readonly conversation_sid: string | null
  readonly message_index: number | null
  readonly attempts: number
  readonly date_created: string
}

/** Somebody who wants nothing more from an address. */
interface OptOut {
  readonly proxy_address: string
  readonly address: string
  readonly date_created: string
}

interface ListOptions extends ServerOptions {
  readonly from?: string
  readonly limit: number
  readonly after?: number
}

interface ReplayOptions extends ServerOptions {
  readonly all?: boolean
  readonly from?: string
}

interface OptOutOptions extends ServerOptions {
  readonly from?: string
  readonly address?: string
  readonly limit: number
  readonly after?: string
}

const Kind = 'channel'
const [FROM, LIMIT] = ['--from <address>', '--limit <count>'] as const
const MOST = 'how many at most, up to 500'

/** Adds `conversa channels list`, `replay`, `opt-outs list`, `add` and `remove`. */
export function addChannels(program: Command, terminal: Terminal): void {
  const channels = program
    .command('channels')
    .description('look at what phones and mailboxes never got, let it be tried again, and see who opted out')
  addServerOptions(channels.command('list'))
    .description('list the messages that phones and mailboxes never got, oldest first')
    .option(FROM, 'only those from one address of yours')
    .option(LIMIT, MOST, readCount, 50)
    .option('--after <id>', 'behind this one', readCount)
    .addHelpText('after', LIST_HELP)
    .action((options: ListOptions) => onServer(terminal, options, (server) => list(server, options, terminal)))
  addServerOptions(channels.command('replay'))
    .description('let such messages be tried again at once')
    .argument('[ids...]', 'which of them, as the list numbers them', readIds)
    .option('--all', 'all of them')
    .option(FROM, 'all from one address of yours')
    .addHelpText('after', REPLAY_HELP)
    .action((ids: readonly number[], options: ReplayOptions) => {
      const { all, from: ProxyAddress, json } = options
      if (!isOneWay(ids, all, ProxyAddress))
        return terminal.exit(complain(['say which: some ids, or --all, or --from <address>'], terminal))
      return onServer(terminal, options, (server) => replay(server, ids, { Kind, ProxyAddress }, { json, terminal }))
    })
  addOptOuts(channels, terminal)
}

function addOptOuts(channels: Command, terminal: Terminal): void {
  const optOuts = channels
    .command('opt-outs')
    .description('see who opted out, add somebody who asked for it otherwise, and let somebody be written to again')
  addServerOptions(optOuts.command('list'))
    .description('list who wants nothing more from which address of yours')
    .option(FROM, 'only from one address of yours')
    .option('--address <address>', 'only one person')
    .option(LIMIT, MOST, readCount, 50)
    .option('--after <place>', 'behind this one')
    .addHelpText('after', OPT_OUTS_HELP)
    .action((options: OptOutOptions) => onServer(terminal, options, (server) => listOptOuts(server, options, terminal)))
  addServerOptions(optOuts.command('add'))
    .description('end that an address of yours writes to somebody, who asked for it otherwise than by STOP')
    .argument('<from>', 'the address of yours')
    .argument('<address>', 'the person')
    .addHelpText('after', ADD_HELP)
    .action((from: string, address: string, options: ServerOptions) =>
      onServer(terminal, options, (server) => add(server, [from, address], options, terminal)),
    )
  addServerOptions(optOuts.command('remove'))
    .description('let an address of yours write to somebody again, who asked for it otherwise than by START')
    .argument('<from>', 'the address of yours')
    .argument('<address>', 'the person')
    .addHelpText('after', REMOVE_HELP)
    .action((from: string, address: string, options: ServerOptions) =>
      onServer(terminal, options, (server) => remove(server, [from, address], options, terminal)),
    )
}

const ENDS = 'Ends with 0, with 1 when the server is not reached or says no, with 2 when it was called wrongly.'
const ENDS_MISSING =
  'Ends with 0, with 1 when something is not there or the server is not reached, with 2 when it was called wrongly.'

const LIST_HELP = `
Examples:
  conversa channels list
  conversa channels list --from +15559990000 --limit 10
  conversa channels list --json --url https://chat.example.org
${CREDENTIALS_HELP}
${ENDS}`

const REPLAY_HELP = `
Examples:
  conversa channels replay 17 18
  conversa channels replay --from +15559990000
  conversa channels replay --all
${CREDENTIALS_HELP}
${ENDS_MISSING}`

const OPT_OUTS_HELP = `
Examples:
  conversa channels opt-outs list
  conversa channels opt-outs list --address +15551230001
  conversa channels opt-outs list --from +15559990000 --json
${CREDENTIALS_HELP}
${ENDS}`

const ADD_HELP = `
Examples:
  conversa channels opt-outs add +15559990000 +15551230001
  conversa channels opt-outs add desk@example.com ben@example.org
${CREDENTIALS_HELP}
${ENDS}`

const REMOVE_HELP = `
Examples:
  conversa channels opt-outs remove +15559990000 +15551230001
${CREDENTIALS_HELP}
${ENDS_MISSING}`

const COLUMNS = ['ID', 'FROM', 'TO', 'SINCE', 'TRIES', 'CONVERSATION', 'MESSAGE']

async function list(server: RunningServer, options: ListOptions, terminal: Terminal): Promise<ExitCode> {
  const { from: ProxyAddress, limit: PageSize, after: After, json } = options
  const query = { Kind, ProxyAddress, PageSize, After }
  const page = await server.get<{ dead_letters: DeadLetter[]; next: number | null }>('/DeadLetters', query)
  const onward = page.next === null ? undefined : `--after ${page.next}`
  const shown = { head: COLUMNS, rows: page.dead_letters.map(rowOf), nothing: 'no dead letters', onward }
  return showPage(page, shown, { json, terminal })
}

function rowOf(letter: DeadLetter): string[] {
  const { id, proxy_address, address, date_created, attempts, conversation_sid, message_index } = letter
  return [
    String(id),
    proxy_address,
    address,
    date_created,
    String(attempts),
    conversation_sid ?? '-',
    String(message_index ?? '-'),
  ]
}

async function listOptOuts(server: RunningServer, options: OptOutOptions, terminal: Terminal): Promise<ExitCode> {
  const { from: ProxyAddress, address: Address, limit: PageSize, after: After, json } = options
  const query = { ProxyAddress, Address, PageSize, After }
  const page = await server.get<{ opt_outs: OptOut[]; next: string | null }>('/OptOuts', query)
  const rows = page.opt_outs.map(({ proxy_address, address, date_created }) => [proxy_address, address, date_created])
  const onward = page.next === null ? undefined : `--after '${page.next}'`
  return showPage(page, { head: ['FROM', 'PERSON', 'SINCE'], rows, nothing: 'nobody opted out', onward }, { json, terminal })
}

async function add(
  server: RunningServer,
  [ProxyAddress, Address]: readonly [string, string],
  { json }: ServerOptions,
  { print }: Terminal,
): Promise<ExitCode> {
  const added = await server.post<OptOut>('/OptOuts', { ProxyAddress, Address })
  print(json ? JSON.stringify(added, null, 2) : `added: ${Address} hears nothing more from ${ProxyAddress}`)
  return 0
}

async function remove(
  server: RunningServer,
  pair: readonly [string, string],
  { json }: ServerOptions,
  { print, say }: Terminal,
): Promise<ExitCode> {
  try {
    const answer = await server.request('DELETE', `/OptOuts/${pair.map(encodeURIComponent).join('/')}`)
    print(json ? JSON.stringify(await answer.json(), null, 2) : `removed: ${pair[1]} can be written to from ${pair[0]} again`)
    return 0
  } catch (error) {
    if (!(error instanceof ServerRefusal) || error.status !== 404) throw error
    say(`${pair[1]} did not opt out of what ${pair[0]} writes`)
    return 1
  }
}

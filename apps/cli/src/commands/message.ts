import type { Command } from 'commander'
import { readCount } from '../count-argument.ts'
import { CREDENTIALS_HELP, onServer, type RunningServer } from '../running-server.ts'
import { addServiceOptions, listOf, pathIn, type ServiceOptions } from '../service-option.ts'
import type { ExitCode, Terminal } from '../terminal.ts'
import { textTable } from '../text-table.ts'

/** A message as REST shows it. */
interface Shown {
  readonly sid: string
  readonly index: number
  readonly author: string
  readonly body: string | null
  readonly date_created: string
}

interface ListOptions extends ServiceOptions {
  readonly limit: number
  readonly oldest?: boolean
}

const helpOf = (...examples: readonly string[]) => `
Examples:
${examples.map((each) => `  conversa message ${each}`).join('\n')}
${CREDENTIALS_HELP}
Ends with 0, with 1 when the server is not reached or says no, with 2 when it was called wrongly.`

/** Adds `conversa message` with what can be done. */
export function addMessage(program: Command, terminal: Terminal): void {
  const group = program.command('message').description('send and list messages on the running server')
  addServiceOptions(group.command('send'))
    .description('send a message, as a back end does')
    .argument('<conversation>', 'its SID or unique name')
    .argument('<body>', 'what it says')
    .option('--author <identity>', 'whose message it is (system)')
    .addHelpText('after', helpOf('send lunch "Soup is ready"', 'send lunch "On my way" --author alice'))
    .action((name: string, body: string, options: ServiceOptions & { author?: string }) =>
      onServer(terminal, options, async (server) => {
        const path = pathIn(options, 'Conversations', name, 'Messages')
        const sent = await server.rest.post<Shown>(path, { Body: body, Author: options.author })
        terminal.print(options.json ? JSON.stringify(sent, null, 2) : sent.sid)
        return 0
      }),
    )
  addServiceOptions(group.command('list'))
    .description('list messages, the newest ones, in their order')
    .argument('<conversation>', 'its SID or unique name')
    .option('--limit <count>', 'how many at most', readCount, 50)
    .option('--oldest', 'the oldest ones instead')
    .addHelpText('after', helpOf('list lunch', 'list lunch --oldest --limit 1000 --json'))
    .action((name: string, options: ListOptions) =>
      onServer(terminal, options, (server) => list(server, name, options, terminal)),
    )
}

async function list(server: RunningServer, name: string, options: ListOptions, { print, say }: Terminal): Promise<ExitCode> {
  const { limit, oldest, json } = options
  const path = pathIn(options, 'Conversations', name, 'Messages')
  const found = await listOf<Shown>(server.rest, path, 'messages', { limit, Order: oldest ? 'asc' : 'desc' })
  const inOrder = oldest ? found : found.reverse()
  if (json) print(JSON.stringify(inOrder, null, 2))
  else if (inOrder.length === 0) say('no messages')
  else print(textTable(['INDEX', 'SENT', 'AUTHOR', 'BODY'], inOrder.map(rowOf)))
  return 0
}

function rowOf({ index, date_created, author, body }: Shown): string[] {
  return [String(index), date_created, author, body ?? '']
}

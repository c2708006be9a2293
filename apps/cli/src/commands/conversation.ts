import type { Command } from 'commander'
import { readCount } from '../count-argument.ts'
import { CREDENTIALS_HELP, onServer, type RunningServer } from '../running-server.ts'
import { addServiceOptions, listOf, pathIn, type ServiceOptions } from '../service-option.ts'
import type { ExitCode, Terminal } from '../terminal.ts'
import { textTable } from '../text-table.ts'

/** A conversation as REST shows it. */
interface Shown {
  readonly sid: string
  readonly unique_name: string | null
  readonly friendly_name: string | null
  readonly state: string
  readonly date_updated: string
}

const ENDS = `${CREDENTIALS_HELP}
Ends with 0, with 1 when the server is not reached or says no, with 2 when it was called wrongly.`

const helpOf = (...examples: readonly string[]) => `
Examples:
${examples.map((each) => `  conversa conversation ${each}`).join('\n')}
${ENDS}`

/** Adds `conversa conversation` with what can be done. */
export function addConversation(program: Command, terminal: Terminal): void {
  const group = program.command('conversation').description('list, make and look at conversations of the running server')
  addServiceOptions(group.command('list'))
    .description('list conversations, newest first')
    .option('--limit <count>', 'how many at most', readCount, 50)
    .addHelpText('after', helpOf('list', 'list --limit 500 --json'))
    .action((options: ServiceOptions & { limit: number }) =>
      onServer(terminal, options, (server) => list(server, options, terminal)),
    )
  addServiceOptions(group.command('create'))
    .description('make a conversation; nobody is in it before somebody is added')
    .option('--unique-name <name>', 'a name that no other one has')
    .option('--friendly-name <name>', 'what people see')
    .addHelpText('after', helpOf('create --unique-name lunch --friendly-name "Lunch on Monday"'))
    .action((options: CreateOptions) =>
      onServer(terminal, options, async (server) => {
        const fields = { UniqueName: options.uniqueName, FriendlyName: options.friendlyName }
        return show(await server.rest.post<Shown>(pathIn(options, 'Conversations'), fields), options, terminal)
      }),
    )
  addServiceOptions(group.command('show'))
    .description('show one conversation and who is in it')
    .argument('<conversation>', 'its SID or unique name')
    .addHelpText('after', helpOf('show lunch', 'show CH0123456789abcdef0123456789abcdef --json'))
    .action((name: string, options: ServiceOptions) =>
      onServer(terminal, options, (server) => showWhole(server, name, options, terminal)),
    )
  addServiceOptions(group.command('add'))
    .description('add somebody to a conversation')
    .argument('<conversation>', 'its SID or unique name')
    .argument('<identity>', 'who is added')
    .addHelpText('after', helpOf('add lunch alice'))
    .action((name: string, identity: string, options: ServiceOptions) =>
      onServer(terminal, options, async (server) => {
        const path = pathIn(options, 'Conversations', name, 'Participants')
        const added = await server.rest.post<{ sid: string }>(path, { Identity: identity })
        terminal.print(options.json ? JSON.stringify(added, null, 2) : added.sid)
        return 0
      }),
    )
}

interface CreateOptions extends ServiceOptions {
  readonly uniqueName?: string
  readonly friendlyName?: string
}

async function list(
  server: RunningServer,
  options: ServiceOptions & { limit: number },
  { print, say }: Terminal,
): Promise<ExitCode> {
  const found = await listOf<Shown>(server.rest, pathIn(options, 'Conversations'), 'conversations', { limit: options.limit })
  if (options.json) print(JSON.stringify(found, null, 2))
  else if (found.length === 0) say('no conversations')
  else print(textTable(['SID', 'STATE', 'UPDATED', 'UNIQUE NAME', 'NAME'], found.map(rowOf)))
  return 0
}

function rowOf({ sid, state, date_updated, unique_name, friendly_name }: Shown): string[] {
  return [sid, state, date_updated, unique_name ?? '', friendly_name ?? '']
}

function show(conversation: Shown, { json }: ServiceOptions, { print }: Terminal): ExitCode {
  print(json ? JSON.stringify(conversation, null, 2) : conversation.sid)
  return 0
}

/** Participants that are shown of a conversation. */
const MOST_PARTICIPANTS = 1000

interface Participant {
  readonly sid: string
  readonly identity: string | null
  readonly messaging_binding: { readonly address?: string } | null
  readonly last_read_message_index: number | null
}

async function showWhole(server: RunningServer, name: string, options: ServiceOptions, { print }: Terminal): Promise<ExitCode> {
  const conversation = await server.rest.get<Shown>(pathIn(options, 'Conversations', name))
  const path = pathIn(options, 'Conversations', conversation.sid, 'Participants')
  const participants = await listOf<Participant>(server.rest, path, 'participants', { limit: MOST_PARTICIPANTS })
  if (options.json) {
    print(JSON.stringify({ ...conversation, participants }, null, 2))
    return 0
  }
  print(textTable(['SID', 'STATE', 'UPDATED', 'UNIQUE NAME', 'NAME'], [rowOf(conversation)]))
  const rows = participants.map((each) => [
    each.sid,
    each.identity ?? each.messaging_binding?.address ?? '',
    String(each.last_read_message_index ?? ''),
  ])
  print(`\n${textTable(['PARTICIPANT', 'WHO', 'READ UP TO'], rows)}`)
  return 0
}

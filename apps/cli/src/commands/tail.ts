import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { Event } from '@conversa/protocol'
import type { Command } from 'commander'
import { readCount } from '../count-argument.ts'
import { CREDENTIALS_HELP, onServer, type RunningServer } from '../running-server.ts'
import { addServiceOptions, pathIn, type ServiceOptions } from '../service-option.ts'
import type { ExitCode, Terminal } from '../terminal.ts'
import { onOneLine } from '../text-table.ts'

const HELP = `
Shows what happens from now on, until it is interrupted. With --json each line is an event as docs/protocol-reference.md
has it. Somebody who reads too slowly is cut off.

Examples:
  conversa tail
  conversa tail lunch
  conversa tail --json --count 10
${CREDENTIALS_HELP}
Ends with 0 after as many events as were wanted, with 1 when the server is not reached, says no or goes away, with 2 when
it was called wrongly.`

interface TailOptions extends ServiceOptions {
  readonly count?: number
}

/** Adds `conversa tail`. */
export function addTail(program: Command, terminal: Terminal): void {
  addServiceOptions(program.command('tail'))
    .description('show what happens in a service or in one conversation, as it happens')
    .argument('[conversation]', 'its SID or unique name; all of them unless it is given')
    .option('--count <events>', 'end after so many', readCount)
    .addHelpText('after', HELP)
    .action((name: string | undefined, options: TailOptions) =>
      onServer(terminal, options, (server) => tail(server, name, options, terminal)),
    )
}

async function tail(
  server: RunningServer,
  name: string | undefined,
  options: TailOptions,
  { print, say }: Terminal,
): Promise<ExitCode> {
  const { service: ServiceSid, json, count = Number.POSITIVE_INFINITY } = options
  const conversation =
    name === undefined ? undefined : await server.rest.get<{ sid: string }>(pathIn(options, 'Conversations', name))
  const wanted = Object.entries({ ServiceSid, ConversationSid: conversation?.sid }).filter(([, value]) => value !== undefined)
  const answer = await server.request('GET', `/Events?${new URLSearchParams(wanted as [string, string][])}`)
  const stream = Readable.fromWeb(answer.body as never)
  say(`following ${name === undefined ? 'all conversations' : onOneLine(name)}`)
  let seen = 0
  try {
    for await (const line of createInterface({ input: stream })) {
      if (line === '') continue
      print(json ? line : describe(JSON.parse(line)))
      if (++seen >= count) return 0
    }
  } catch (error) {
    say(`the server went away: ${(error as Error).message}`)
    return 1
  } finally {
    stream.destroy()
  }
  say('the server went away')
  return 1
}

/** An event on one line: when, what, where, and who or what it is about. */
function describe(event: Event): string {
  const { conversationSid, identity, index } = event as { conversationSid?: string; identity?: string | null; index?: number }
  const at = new Date().toISOString().slice(11, 23)
  const about =
    event.type === 'message.added' ? aboutMessage(event.message) : [index, identity].filter((each) => each != null).join(' ')
  return onOneLine([at, event.type, conversationSid, about].filter(Boolean).join('  '))
}

function aboutMessage({ index, author, body }: { index: number; author: string; body: string | null }): string {
  return `${index} ${author}: ${body ?? ''}`
}

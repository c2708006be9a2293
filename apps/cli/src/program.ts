import { Command, CommanderError } from 'commander'
import { addBackup } from './commands/backup.ts'
import { addChannels } from './commands/channels.ts'
import { addConversation } from './commands/conversation.ts'
import { addDoctor } from './commands/doctor.ts'
import { addHooks } from './commands/hooks.ts'
import { addImport } from './commands/import.ts'
import { addMessage } from './commands/message.ts'
import { addMigrate } from './commands/migrate.ts'
import { addRestore } from './commands/restore.ts'
import { addServe } from './commands/serve.ts'
import { addTail } from './commands/tail.ts'
import { addToken } from './commands/token.ts'
import { addVerify } from './commands/verify.ts'
import { nearestName } from './nearest-name.ts'
import { tellFailure } from './system-failure.ts'
import type { Terminal } from './terminal.ts'

/** The program with all its commands: each has its file in `commands`, and a line here. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('conversa')
    .description('Conversations on your own server')
    .showHelpAfterError()
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.print(text.trimEnd()), writeErr: (text) => terminal.say(text.trimEnd()) })
  addServe(program, terminal)
  addHooks(program, terminal)
  addChannels(program, terminal)
  addImport(program, terminal)
  addToken(program, terminal)
  addDoctor(program, terminal)
  addConversation(program, terminal)
  addMessage(program, terminal)
  addTail(program, terminal)
  addBackup(program, terminal)
  addRestore(program, terminal)
  addVerify(program, terminal)
  addMigrate(program, terminal)
  return program
}

/**
 * Runs the program once.
 *
 * @param args what follows its name
 */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<void> {
  try {
    const program = createProgram(terminal)
    refuseUnknown(program, args[0])
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    // Commander has said already what it has to say: help, or what is wrong with the call.
    if (error instanceof CommanderError) return terminal.exit(error.exitCode === 0 ? 0 : 2)
    terminal.say(tellFailure(error))
    terminal.exit(1)
  }
}

/** Without a command the program serves: what is none would be taken for an argument of that. */
function refuseUnknown(program: Command, name: string | undefined): void {
  const names = [...program.commands.map((command) => command.name()), 'help']
  if (name === undefined || name.startsWith('-') || names.includes(name)) return
  const near = nearestName(name, names)
  program.error(`error: there is no command '${name}'${near ? `; did you mean '${near}'?` : ''}`)
}

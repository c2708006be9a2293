import { Command } from 'commander'
import { addHooks } from './commands/hooks.ts'
import { addImport } from './commands/import.ts'
import { addServe } from './commands/serve.ts'
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
  addImport(program, terminal)
  return program
}

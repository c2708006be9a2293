#!/usr/bin/env node
import { Command } from 'commander'
import { serve } from './commands/serve.ts'

const say = (line: string) => {
  process.stderr.write(`${line}\n`)
}

const program = new Command('conversa').description('Conversations on your own server').showHelpAfterError()

program
  .command('serve', { isDefault: true })
  .description('start the server; settings come from the environment')
  .action(async () => {
    const code = await serve(process.env, say)
    if (code !== undefined) process.exitCode = code
  })

try {
  await program.parseAsync()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

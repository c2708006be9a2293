#!/usr/bin/env node
import { CommanderError } from 'commander'
import { createProgram } from './program.ts'
import type { Terminal } from './terminal.ts'

const terminal: Terminal = {
  env: process.env,
  say: (line) => void process.stderr.write(`${line}\n`),
  print: (text) => void process.stdout.write(`${text}\n`),
  exit: (code) => {
    process.exitCode = code
  },
}

try {
  await createProgram(terminal).parseAsync()
} catch (error) {
  // Commander has said already what it has to say: help, or what is wrong with the call.
  if (error instanceof CommanderError) terminal.exit(error.exitCode === 0 ? 0 : 2)
  else {
    terminal.say(error instanceof Error ? error.message : String(error))
    terminal.exit(1)
  }
}

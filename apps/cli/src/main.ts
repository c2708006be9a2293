#!/usr/bin/env node
import { keepCompiled } from './compile-cache.ts'

keepCompiled(process.env)
// Not before: what is loaded by then is compiled anew at every start.
const { runProgram } = await import('./program.ts')

await runProgram(process.argv.slice(2), {
  env: process.env,
  say: (line) => void process.stderr.write(`${line}\n`),
  print: (text) => void process.stdout.write(`${text}\n`),
  exit: (code) => {
    process.exitCode = code
  },
})

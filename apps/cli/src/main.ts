#!/usr/bin/env node
import { runProgram } from './program.ts'

await runProgram(process.argv.slice(2), {
  env: process.env,
  say: (line) => void process.stderr.write(`${line}\n`),
  print: (text) => void process.stdout.write(`${text}\n`),
  exit: (code) => {
    process.exitCode = code
  },
})

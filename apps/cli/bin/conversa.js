#!/usr/bin/env node
/**
 * `npx conversa` in a clone, where nothing is built: the program from its source. What is published has `dist/main.js` in its place.
 */
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const flags = ['--conditions=conversa-source', '--disable-warning=ExperimentalWarning']

// The process becomes the other one, so that signals and exit codes are its own.
process.removeAllListeners('warning')
process.execve(process.execPath, [process.execPath, ...flags, main, ...process.argv.slice(2)])

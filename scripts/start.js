/**
 * `npm start`: builds the web app, then runs the server from source until it ends.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { buildWeb } from './build-web.js'

const root = fileURLToPath(new URL('..', import.meta.url))

await buildWeb()

const server = spawn(
  process.execPath,
  ['--conditions=conversa-source', '--disable-warning=ExperimentalWarning', `${root}apps/cli/src/main.ts`, 'serve'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      CONVERSA_MODE: process.env.CONVERSA_MODE || 'development',
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || `${root}node_modules/.cache/node-compile`,
    },
  },
)
server.on('exit', (code) => process.exit(code ?? 1))

process.on('SIGTERM', () => server.kill('SIGTERM'))
process.on('SIGINT', () => {
  // A terminal sends Ctrl-C to the server too; once is enough.
  if (!process.stdin.isTTY) server.kill('SIGINT')
})

// npm passes a signal to the shell between us, which dies of it and tells nobody: all we see is another parent.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) server.kill('SIGTERM')
}, 100).unref()

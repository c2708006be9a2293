/**
 * Runs the examples of a page one after another, as somebody who reads it would, against a real server.
 *
 * Usage: node --conditions=conversa-source test/docs/run-page.ts <page> <folder>; a line of JSON for each example that failed, and
 * as the last one how many ran
 */
import { spawn } from 'node:child_process'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import { transform } from 'esbuild'
import { type Example, examplesOf, ROOT } from './pages.ts'
import { type Stage, setStage } from './stage.ts'

const PROGRAM = `${process.execPath} --conditions=conversa-source --disable-warning=ExperimentalWarning ${join(ROOT, 'apps/cli/src/main.ts')}`

/** Programs that readers have installed from the registry: here they are what this repository has. */
const PROGRAMS = {
  conversa: `exec ${PROGRAM} "$@"`,
  npx: `[ "$1" = conversa ] && { shift; exec ${PROGRAM} "$@"; }\nexec "${ROOT}node_modules/.bin/$1" "\${@:2}"`,
  npm: `case "$1" in
  install) for name in "\${@:2}"; do case "$name" in -*) ;; *:*) ;; *) [ -d "${ROOT}node_modules/$name" ] || { echo "no package $name" >&2; exit 1; } ;; esac; done ;;
  *) echo "npm $1 is not for examples" >&2; exit 1 ;;
esac`,
}

/** Lets tests of readers take the packages of this repository from their source. */
const VITEST = "export default { ssr: { resolve: { conditions: ['conversa-source'] } } }"

/** A folder as a reader of the page has it. */
async function furnish(folder: string): Promise<void> {
  await mkdir(join(folder, 'bin'), { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'vitest.config.js'), VITEST)
  for (const [name, text] of Object.entries(PROGRAMS)) {
    await writeFile(join(folder, 'bin', name), `#!/usr/bin/env bash\n${text}\n`)
    await chmod(join(folder, 'bin', name), 0o755)
  }
}

/** Puts the addresses and names of the stage where a page has examples of them. */
function localise(code: string, { url, accountSid, authToken }: Stage): string {
  const socket = url.replace(/^http/, 'ws')
  return code
    .replaceAll(/http:\/\/(localhost|127\.0\.0\.1):8080|https:\/\/(chat\.example\.(com|org)|conversations\.twilio\.com)/g, url)
    .replaceAll(/ws:\/\/localhost:8080|wss:\/\/chat\.example\.com/g, socket)
    .replaceAll('IMPORT_ACCOUNT=AC…', `IMPORT_ACCOUNT=${accountSid}`)
    .replaceAll('IMPORT_TOKEN=…', `IMPORT_TOKEN=${authToken}`)
}

/** Runs a command in the folder. @param until what it says when it may be ended @returns what it wrote */
async function runCommand(command: string, folder: string, stage: Stage, until?: string): Promise<string> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', command], {
    cwd: folder,
    detached: true,
    env: {
      PATH: [join(folder, 'bin'), join(ROOT, 'node_modules/.bin'), process.env.PATH].join(delimiter),
      HOME: folder,
      NO_COLOR: '1',
      HOST: '127.0.0.1',
      PORT: until === undefined ? new URL(stage.url).port : '0',
      URL: stage.url,
      CONVERSA_DATA: join(folder, 'data'),
      CONVERSA_ACCOUNT_SID: stage.accountSid,
      CONVERSA_AUTH_TOKEN: stage.authToken,
      CONVERSA_API_KEY_SID: stage.apiKeySid,
      CONVERSA_API_KEY_SECRET: stage.apiKeySecret,
      CONVERSA_SERVICE_SID: stage.serviceSid,
      NODE_OPTIONS: '--conditions=conversa-source --disable-warning=ExperimentalWarning',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let hasCome = false
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (until === undefined || hasCome || !output.includes(until)) return
      hasCome = true
      process.kill(-Number(child.pid))
    })
  }
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (!hasCome && (code !== 0 || until !== undefined)) throw new Error(`${command}\nended with ${code}:\n${output}`)
  return output
}

/** What an example says of its output: `// → text` behind what writes it. */
const expectedOf = (code: string) => [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text]) => String(text).trim())

/** Runs a module, and compares what it logs with what it says that it logs. */
async function runModule(path: string, code: string, stage: Stage): Promise<void> {
  const logged: string[] = []
  const { log } = console
  console.log = (...values: unknown[]) => void logged.push(format(...values))
  try {
    const { App } = await import(pathToFileURL(path).href)
    if (App) await render(App)
    await stage.server.settled()
  } finally {
    console.log = log
  }
  const expected = expectedOf(code)
  if (expected.length > 0 && logged.join('\n') !== expected.join('\n'))
    throw new Error(`it logs\n${logged.join('\n')}\nand says that it logs\n${expected.join('\n')}`)
}

/** Renders a component, as a server does. */
async function render(App: () => unknown): Promise<void> {
  const [{ createElement }, { renderToString }] = await Promise.all([import('react'), import('react-dom/server')])
  renderToString(createElement(App as () => null))
}

/** One JSON text, or one on each line; `…` stands for what is left out. */
function parse(code: string): void {
  const whole = code.replaceAll('{…}', '{}').replaceAll(', …}', '}')
  for (const text of whole.trim().split(/\n(?=\{)/)) JSON.parse(text)
}

let count = 0

async function runExample(example: Example, folder: string, stage: Stage): Promise<void> {
  const code = localise(example.code, stage)
  const { language, file, command, until } = example
  if (language === 'sh') return void (await runCommand(code, folder, stage, until))
  if (language === 'json') parse(code)
  const path = join(folder, file ?? `example-${count++}.${language === 'js' ? 'js' : 'mjs'}`)
  const isTyped = language === 'ts' || language === 'tsx'
  const runnable = isTyped ? (await transform(code, { loader: language, jsx: 'automatic' })).code : code
  await writeFile(path, runnable)
  if (command !== undefined) await runCommand(command.replace('{file}', path), folder, stage, until)
  else if (language !== 'json' && file === undefined) await runModule(path, code, stage)
}

/** Milliseconds after which an example hangs. */
const DEADLINE = 60_000

/** @throws when something takes too long, where it would keep the page from saying which example it was */
function withDeadline<T>(running: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`it has not ended after ${DEADLINE} ms`)), DEADLINE).unref()
  })
  return Promise.race([running, late])
}

/** Runs all that is not run otherwise. */
async function runPage(page: string, folder: string): Promise<void> {
  await furnish(folder)
  const stage = await setStage(folder)
  Object.assign(globalThis, stage)
  for (const example of examplesOf(page)) {
    if (example.reason !== undefined || example.test !== undefined) continue
    try {
      await withDeadline(runExample(example, folder, stage))
    } catch (error) {
      console.log(JSON.stringify({ place: example.place, error: (error as Error).stack ?? String(error) }))
    }
  }
  await stage.server.close()
}

const [page = '', folder = ''] = process.argv.slice(2)
await runPage(page, folder)
process.exit()

/**
 * `npm run check`: everything that can be said about the code without running it. Each check is a command; a few run at a time.
 */
import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const atOnce = 2

/** By its path: two versions of the compiler are installed, and either may own the name `tsc`. */
const TSC = 'node node_modules/typescript/bin/tsc'

/** `says`: the last line of its output is worth showing when it passes. */
const checks = [
  { name: 'types', command: `${TSC} --noEmit -p tsconfig.json` },
  { name: 'types in the browser', command: `${TSC} --noEmit -p tsconfig.browser.json` },
  { name: 'types of the SDK, with what browsers had in 2022', command: `${TSC} --noEmit -p tsconfig.sdk.json` },
  { name: 'lint and format', command: 'biome ci --colors=off --error-on-warnings' },
  { name: 'dead code', command: 'knip --no-progress' },
  { name: 'reference pages', command: 'node --conditions=conversa-source scripts/write-docs.js --check' },
  { name: 'layers', command: 'node scripts/check-layers.js', says: true },
  { name: 'sizes', command: 'node scripts/check-sizes.js', says: true },
  { name: 'size of the SDK', command: 'node scripts/build-sdk.js && size-limit', says: true },
]

/**
 * @param {string} command
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
function run(command) {
  const PATH = `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}`
  const child = spawn(command, { cwd: root, env: { ...process.env, PATH }, shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  return new Promise((resolve) => child.on('close', (code) => resolve({ ok: code === 0, output: output.trim() })))
}

/** @param {typeof checks[number]} check */
async function runCheck({ name, command, says }) {
  const begin = performance.now()
  const { ok, output } = await run(command)
  const seconds = ((performance.now() - begin) / 1000).toFixed(1)
  const remark = ok && says ? `: ${output.split('\n').at(-1)}` : ''
  console.log(`${ok ? '✓' : '✗'} ${name} (${seconds} s)${remark}`)
  if (!ok) console.log(`${output}\n  (${command})`)
  return ok
}

/** Prints a line for each check as it ends. */
export async function runChecks() {
  const waiting = checks.values()
  const count = { passed: 0, failed: 0 }
  const worker = async () => {
    for (const check of waiting) count[(await runCheck(check)) ? 'passed' : 'failed']++
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return count
}

if (import.meta.main) {
  const { failed } = await runChecks()
  process.exitCode = failed > 0 ? 1 : 0
}

/**
 * `npm run test:faults`: the faults of GUARANTEES.md at full size, one after another, and their figures into its table. With names (`F6 F20`)
 * these alone. A variable that is set already stays as it is.
 */
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = join(root, 'GUARANTEES.md')

/** @typedef {{ name: string, files: string[], only?: string, size?: Record<string, string> }} Fault */

/** `only`: the tests of the files that are meant, by a part of their names. */
/** @type {Fault[]} */
const faults = [
  { name: 'F1', files: ['kill.test.ts', 'kill.postgres.test.ts'], size: { KILLS: '100' } },
  { name: 'F2', files: ['kill-points.test.ts', 'kill-points.postgres.test.ts'], size: { KILL_POINTS: 'all' } },
  { name: 'F3', files: ['full-disk.test.ts'] },
  { name: 'F5', files: ['nodes.postgres.test.ts'], only: 'PostgreSQL crashes', size: { CRASHES: '20' } },
  { name: 'F6', files: ['nodes.postgres.test.ts'], only: 'PostgreSQL is frozen', size: { FREEZE: '30000' } },
  { name: 'F7', files: ['partitions.postgres.test.ts'], size: { PARTITIONS: '5', PARTITION: '30000' } },
  { name: 'F8', files: ['nodes.postgres.test.ts'], only: 'NATS goes away', size: { OUTAGE: '60000' } },
  { name: 'F9', files: ['zombie.postgres.test.ts'] },
  { name: 'F10', files: ['slow-reader.test.ts'], size: { READERS: '1000', RATE: '500' } },
  { name: 'F11', files: ['half-open.test.ts'], size: { SOCKETS: '500' } },
  { name: 'F12', files: ['reconnect-storm.test.ts'], size: { CLIENTS: '5000' } },
  { name: 'F16', files: ['rolling-restart.postgres.test.ts'], size: { RESTARTS: '20' } },
  { name: 'F20', files: ['corruption.sqlite.test.ts'], size: { CORRUPTIONS: '200' } },
]

/**
 * Runs the tests of a fault, and shows what they say.
 * @param {Fault} fault
 * @returns {Promise<{ ok: boolean, figures: string[] }>} `figures`: the lines that the tests themselves print
 */
function run({ files, only, size }) {
  const paths = files.map((file) => `test/faults/${file}`)
  const args = ['run', '--maxWorkers=1', '--reporter=verbose', ...paths, ...(only === undefined ? [] : ['-t', only])]
  const PATH = `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}`
  // A test that would be left out for want of a database counts as one that fails.
  const env = { CI: 'true', ...size, ...process.env, PATH, NO_COLOR: '1', FORCE_COLOR: undefined }
  const child = spawn('vitest', args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
    process.stdout.write(text)
  })
  return new Promise((resolve) =>
    child.on('close', (code) => {
      const figures = output.split('\n').filter((line) => /^ {2}\S/.test(line))
      resolve({ ok: code === 0 && figures.length > 0, figures: figures.map((line) => line.trim()) })
    }),
  )
}

/**
 * Puts figures into the last cell of the row of a fault.
 * @param {string} name
 * @param {string[]} figures
 */
async function write(name, figures) {
  const lines = (await readFile(page, 'utf8')).split('\n')
  const at = lines.findIndex((line) => line.startsWith(`| ${name} |`))
  if (at < 0) throw new Error(`GUARANTEES.md has no row for ${name}`)
  lines[at] = `${String(lines[at]).split(' | ').slice(0, 4).join(' | ')} | ${figures.join('; ')} |`
  await writeFile(page, lines.join('\n'))
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !faults.some((fault) => fault.name === name))
if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}: ${faults.map(({ name }) => name).join(', ')}`)
const meant = faults.filter(({ name }) => names.length === 0 || names.includes(name))
const failed = []
for (const [at, fault] of meant.entries()) {
  const begin = performance.now()
  console.log(`${fault.name} (${at + 1} of ${meant.length}) …`)
  const { ok, figures } = await run(fault)
  console.log(`${ok ? '✓' : '✗'} ${fault.name} (${((performance.now() - begin) / 60_000).toFixed(1)} min)`)
  if (ok) await write(fault.name, figures)
  else failed.push(fault.name)
}
process.exitCode = failed.length > 0 ? 1 : 0
console.log(failed.length > 0 ? `failed: ${failed.join(', ')}` : `${meant.length} faults withstood`)

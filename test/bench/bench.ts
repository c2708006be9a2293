/**
 * `npm run bench`: measures, and prints each row of a table as soon as it is there; `npm run bench -- sending` does only some of it.
 * With `-- --write` the tables also go to docs/benchmarks.md.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { endServerProcesses } from '../end-to-end/server-process.ts'
import { type Chart, drawChart } from './chart.ts'
import { growth } from './growth.ts'
import { history } from './history.ts'
import { http } from './http.ts'
import { idle } from './idle.ts'
import { postgres } from './postgres.ts'
import { reconnect } from './reconnect.ts'
import { sending } from './sending.ts'
import { startUp } from './start-up.ts'
import { testServer } from './test-server.ts'

/** Something that is measured. */
export interface Workload {
  /** How it is asked for on the command line. */
  readonly name: string
  readonly title: string
  /** What is measured and how, as lines of Markdown. */
  readonly about: readonly string[]
  readonly columns: readonly string[]
  /** Measures, row by row. */
  rows(): AsyncIterable<readonly string[]>
  /** What a picture of the rows shows, where one says more than they do. */
  chart?(rows: readonly (readonly string[])[]): Chart
}

const WORKLOADS: readonly Workload[] = [sending, idle, reconnect, history, growth, http, postgres, startUp, testServer]
const isWritten = process.argv.includes('--write')
const IMAGES = new URL('../../docs/images/benchmarks/', import.meta.url)
const PAGE = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url))

const rowOf = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

/** Measures and prints. @returns the lines that were printed */
async function measure({ name, title, about, columns, rows, chart }: Workload): Promise<string[]> {
  const lines: string[] = []
  const say = (...more: string[]) => {
    lines.push(...more)
    console.log(more.join('\n'))
  }
  say(`## ${title}`, '', ...about, '', rowOf(columns), `|${'--:|'.repeat(columns.length)}`)
  const table: (readonly string[])[] = []
  for await (const cells of rows()) {
    table.push(cells)
    say(rowOf(cells))
  }
  if (chart && isWritten) {
    await writeFile(new URL(`${name}.svg`, IMAGES), drawChart(chart(table)))
    lines.push('', `![${title}](images/benchmarks/${name}.svg)`)
  }
  return lines
}

/** Those that the command line names, or all. */
function wanted(): readonly Workload[] {
  const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
  for (const name of names) {
    if (!WORKLOADS.some((workload) => workload.name === name))
      throw new Error(`there is no workload ${name}; there are ${WORKLOADS.map((workload) => workload.name).join(', ')}`)
  }
  return names.length === 0 ? WORKLOADS : WORKLOADS.filter(({ name }) => names.includes(name))
}

function machine(): string {
  const [first] = cpus()
  const day = new Date().toISOString().slice(0, 10)
  const load = loadavg()[0]?.toFixed(1)
  return `${day}, ${cpus().length} × ${first?.model.trim()} (load before: ${load}), ${process.platform}, Node ${process.versions.node}`
}

const page = [
  '<!-- Written by `npm run bench -- --write`; do not edit. -->',
  '# Benchmarks',
  '',
  `Measured by \`npm run bench\`: ${machine()}.`,
]
if (isWritten) await mkdir(IMAGES, { recursive: true })
try {
  for (const workload of wanted()) page.push('', ...(await measure(workload)))
  if (isWritten) await writeFile(PAGE, `${page.join('\n')}\n`)
} finally {
  await endServerProcesses()
}

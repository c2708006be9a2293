/**
 * `npm run bench:profile -- <workload>`: runs the server of a workload under the profilers of Node, and prints where its time went and what
 * it allocated. The profiles stay in `profiles/`, for the developer tools of a browser.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../../profiles', import.meta.url))
const ROOT = new URL('../..', import.meta.url).href
const SHOWN = 30

interface Frame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: Frame }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

interface HeapNode {
  readonly callFrame: Frame
  readonly selfSize: number
  readonly children: readonly HeapNode[]
}

const nameOf = ({ functionName, url, lineNumber }: Frame) =>
  `${functionName || '(anonymous)'} ${url.replace(ROOT, '').replace(/^.*node_modules\//, '')}:${lineNumber + 1}`

/** Microseconds that each function itself took. */
function timeOf({ nodes, samples, timeDeltas }: CpuProfile): Map<string, number> {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  for (const [at, id] of samples.entries()) {
    const name = names.get(id) ?? ''
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[at] ?? 0))
  }
  return times
}

/** Bytes that each function itself allocated, as far as they were still there when it was sampled. */
function bytesOf(node: HeapNode, bytes = new Map<string, number>()): Map<string, number> {
  const name = nameOf(node.callFrame)
  bytes.set(name, (bytes.get(name) ?? 0) + node.selfSize)
  for (const child of node.children) bytesOf(child, bytes)
  return bytes
}

function show(title: string, amounts: Map<string, number>): void {
  const idle = ['(idle) :0', '(program) :0', '(root) :0']
  const all = [...amounts].filter(([name]) => !idle.includes(name)).sort(([, a], [, b]) => b - a)
  const sum = all.reduce((total, [, amount]) => total + amount, 0)
  console.log(`\n${title}`)
  for (const [name, amount] of all.slice(0, SHOWN)) console.log(`${((amount / sum) * 100).toFixed(1).padStart(5)} %  ${name}`)
}

await mkdir(FOLDER, { recursive: true })
// What the profilers write into is named in the environment that servers are started with.
process.env.CONVERSA_BENCH_PROFILES = FOLDER
const before = new Set(await readdir(FOLDER))
await import('./bench.ts')
for (const file of (await readdir(FOLDER)).filter((name) => !before.has(name))) {
  const profile = JSON.parse(await readFile(join(FOLDER, file), 'utf8'))
  if (file.endsWith('.cpuprofile')) show(`${file}: time`, timeOf(profile))
  else show(`${file}: memory`, bytesOf(profile.head))
}

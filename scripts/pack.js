/**
 * Runs in the folder of a package, before and after npm packs it: `node ../../scripts/pack.js begin | end`. What is published
 * has the licence in it and a `package.json` without what only this repository needs.
 */
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where `package.json` is kept meanwhile. */
const kept = 'package.json.kept'

/**
 * Programs as they are built, in place of those that run from source.
 * @param {Record<string, string> | undefined} bin
 */
const builtPrograms = (bin) => bin && { bin: Object.fromEntries(Object.keys(bin).map((name) => [name, './dist/main.js'])) }

/**
 * Exports without the condition under which packages import each other's source, and without those that have no other.
 * @param {unknown} exports
 * @returns {unknown} undefined when nothing is left
 */
function withoutSource(exports) {
  if (typeof exports !== 'object' || exports === null) return exports
  const entries = Object.entries(exports)
    .filter(([condition]) => condition !== 'conversa-source')
    .map(([condition, target]) => /** @type {const} */ ([condition, withoutSource(target)]))
    .filter(([, target]) => target !== undefined)
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}

async function begin() {
  end()
  if (!existsSync('dist')) await (await import('./build.js')).build()
  copyFileSync(fileURLToPath(new URL('../LICENSE', import.meta.url)), 'LICENSE')
  const { scripts, devDependencies, ...manifest } = JSON.parse(readFileSync('package.json', 'utf8'))
  copyFileSync('package.json', kept)
  writeFileSync(
    'package.json',
    `${JSON.stringify({ ...manifest, ...builtPrograms(manifest.bin), exports: withoutSource(manifest.exports) }, null, 2)}\n`,
  )
}

function end() {
  if (existsSync(kept)) renameSync(kept, 'package.json')
  rmSync('LICENSE', { force: true })
}

if (process.argv[2] === 'begin') await begin()
else end()

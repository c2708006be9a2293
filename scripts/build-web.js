/**
 * Bundles the web app and the SDK in it, from source, into `apps/web/dist`. Fast enough to run at every start, so nothing
 * has to decide whether the last build is stale.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const web = fileURLToPath(new URL('../apps/web', import.meta.url))
const require = createRequire(import.meta.url)

/** @param {string} [outdir] */
export async function buildWeb(outdir = `${web}/dist`) {
  rmSync(outdir, { recursive: true, force: true })
  await build({
    absWorkingDir: web,
    entryPoints: [
      'src/main.tsx',
      'src/main.css',
      'src/index.html',
      'src/icon.svg',
      // At the top, so that it is for the whole app.
      { in: 'src/push/service-worker.ts', out: 'service-worker' },
      'src/simulator/main.tsx',
      'src/simulator/main.css',
      'src/simulator/index.html',
    ],
    outdir,
    bundle: true,
    conditions: ['conversa-source'],
    define: { 'process.env.NODE_ENV': '"production"' },
    format: 'esm',
    jsx: 'automatic',
    loader: { '.html': 'copy', '.svg': 'copy' },
    logLevel: 'warning',
    minify: true,
    sourcemap: true,
    target: ['es2022', 'chrome123', 'firefox120', 'safari17.5'],
  })
  writeFileSync(join(outdir, 'emojis.json'), JSON.stringify(emojis()))
}

/** The groups that hold parts of emojis, and nothing to choose. */
const COMPONENTS = 'component'

/** The emojis in the form that the picker takes, with what it looks at alone: a third of the data. */
function emojis() {
  /** @type {{ emoji: string, label: string, group?: number, version: number, tags?: string[] }[]} */
  const data = JSON.parse(readFileSync(require.resolve('emojibase-data/en/data.json'), 'utf8'))
  const { groups } = JSON.parse(readFileSync(require.resolve('emojibase-data/en/messages.json'), 'utf8'))
  const categories = groups.filter((/** @type {{ key: string }} */ { key }) => key !== COMPONENTS)
  const known = new Set(categories.map((/** @type {{ order: number }} */ { order }) => order))
  return {
    locale: 'en',
    categories: categories.map((/** @type {{ order: number, message: string }} */ it) => ({
      index: it.order,
      label: it.message,
    })),
    emojis: data
      .filter(({ group }) => known.has(group))
      .map(({ emoji, label, group, version, tags }) => ({ emoji, label, category: group, version, tags: tags ?? [] })),
    skinTones: {},
  }
}

if (import.meta.main) await buildWeb()

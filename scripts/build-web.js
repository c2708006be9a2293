/**
 * Bundles the web app and the SDK in it, from source, into `apps/web/dist`. Fast enough to run at every start, so nothing
 * has to decide whether the last build is stale.
 */
import { rmSync, writeFileSync } from 'node:fs'
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

/** The emojis in the form that the picker takes: by their groups, with the words that they are found by. */
function emojis() {
  /** @type {{ name: string, emojis: { emoji: string, name: string, emoji_version: string }[] }[]} */
  const groups = require('unicode-emoji-json/data-by-group.json')
  /** @type {Record<string, string[]>} */
  const words = require('emojilib')
  return {
    locale: 'en',
    categories: groups.map(({ name }, index) => ({ index, label: name })),
    emojis: groups.flatMap((group, category) =>
      group.emojis.map(({ emoji, name, emoji_version: version }) => ({
        emoji,
        label: name,
        category,
        version: Number(version),
        tags: (words[emoji] ?? []).map((word) => word.replaceAll('_', ' ')),
      })),
    ),
    skinTones: {},
  }
}

if (import.meta.main) await buildWeb()

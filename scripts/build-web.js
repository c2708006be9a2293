/**
 * Bundles the web app and the SDK in it, from source, into `apps/web/dist`. Fast enough to run at every start, so nothing
 * has to decide whether the last build is stale.
 */
import { globSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const web = fileURLToPath(new URL('../apps/web', import.meta.url))

/** @param {string} [outdir] */
export async function buildWeb(outdir = `${web}/dist`) {
  rmSync(outdir, { recursive: true, force: true })
  await build({
    absWorkingDir: web,
    entryPoints: ['src/main.ts', 'src/index.html', ...globSync('src/*.css', { cwd: web })],
    outdir,
    bundle: true,
    conditions: ['conversa-source'],
    format: 'esm',
    loader: { '.html': 'copy' },
    logLevel: 'warning',
    sourcemap: true,
    target: 'es2022',
  })
}

if (import.meta.main) await buildWeb()

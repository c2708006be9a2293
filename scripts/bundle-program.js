/**
 * Bundles the program `conversa` with all that it needs, for Node: a few files instead of more than a thousand modules, which are what most
 * of a start is spent on. What is imported when it is wanted stays a file of its own.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './compile.js'
import { noticesOf } from './notices.js'

const home = join(root, 'apps/cli')

/** What else runs on: the oldest Node that the package names. */
const target = `node${JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')).engines.node.replace('>=', '')}`

/**
 * Modules of Node that an ES module had better not import: that reads every export of them, and one of `node:http` brings the whole of
 * `fetch` and of HTTP/2 along, 7 % of a start.
 * @type {import('esbuild').Plugin}
 */
const withoutFacades = {
  name: 'without facades',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?https?$/ }, ({ kind, path }) =>
      kind === 'import-statement' ? { path: path.replace(/^(node:)?/, 'node:'), namespace: 'facade' } : undefined,
    )
    onLoad({ filter: /./, namespace: 'facade' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`,
    }))
  },
}

/**
 * The program, below the folder that its package is published with.
 * @param {string} outdir `main.js` is the program; everything else of it is in `program`
 */
export async function bundleProgram(outdir) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: 'apps/cli/src/main.ts' },
    outdir: 'apps/cli/dist',
    chunkNames: 'program/[name]-[hash]',
    bundle: true,
    splitting: true,
    platform: 'node',
    target,
    format: 'esm',
    conditions: ['conversa-source'],
    mainFields: ['module', 'main'],
    // CommonJS packages ask for modules of Node by this name.
    banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
    plugins: [withoutFacades],
    // Nothing is made shorter, so that a stack trace leads to a line that can be read. The licences are in a file of their own.
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    write: false,
  })
  rmSync(join(outdir, 'program'), { recursive: true, force: true })
  mkdirSync(join(outdir, 'program'), { recursive: true })
  const from = join(home, 'dist')
  for (const { path, contents } of outputFiles) writeFileSync(join(outdir, path.slice(from.length)), contents)
  writeFileSync(join(outdir, 'program/NOTICES.txt'), noticesOf(Object.keys(metafile.inputs)))
}

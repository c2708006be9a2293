/**
 * Builds `@conversa/client`, each file with the protocol inside: for bundlers and Node (ESM and CommonJS), for pages without a
 * bundler (a script that sets `Twilio.Conversations`), and types that name no other package. The hooks for React are an entry of
 * their own, which names React and the first entry.
 *
 * Usage: node scripts/build-sdk.js (the JavaScript alone, for the check of its size)
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'
import { minify } from 'terser'
import { compile, root } from './compile.js'

const home = join(root, 'packages/client')

/**
 * Other members of `Twilio` stay: the vendor's other SDKs put themselves there too. Each export is named, since an object of them takes
 * fewer bytes than the namespace of a module.
 * @param {readonly string[]} names
 */
const scriptOf = (names) => ({
  contents: `import { ${names.map((name, at) => `${name} as export${at}`)} } from './src/index.ts'
globalThis.Twilio ??= {}
globalThis.Twilio.Conversations = { ${names.map((name, at) => `${name}: export${at}`)} }`,
  resolveDir: home,
  sourcefile: 'script.js',
})

const options = /** @satisfies {import('esbuild').BuildOptions} */ ({
  absWorkingDir: home,
  bundle: true,
  conditions: ['conversa-source'],
  // Nothing that only Node has gets in: an import of it fails.
  platform: 'neutral',
  // What people had in 2022.
  target: ['es2022', 'chrome99', 'firefox98', 'safari15.4', 'node22'],
  // The same, and shorter.
  define: { 'Number.POSITIVE_INFINITY': 'Infinity' },
  sourcemap: true,
  logLevel: 'warning',
  write: false,
})

/**
 * Where the hooks for React take the SDK from: the entry that the application has too, so that there is one of each class.
 * @param {string} entry
 * @returns {import('esbuild').Plugin}
 */
const besideEntry = (entry) => ({
  name: 'beside the entry',
  setup: ({ onResolve }) => onResolve({ filter: /^\.\.\/index\.ts$/ }, () => ({ path: entry, external: true })),
})

/** Frameworks that render on servers have to know that hooks run in browsers too. */
const react = { entryPoints: ['src/react/index.ts'], external: ['react'], banner: { js: "'use client'" } }

/**
 * The JavaScript. Maps name the source as seen from `dist`, wherever it is written.
 * @param {string} outdir
 */
export async function bundleSdk(outdir) {
  const entryPoints = ['src/index.ts']
  const module = await build({ ...options, entryPoints, outfile: 'dist/index.js', format: 'esm', metafile: true })
  const script = scriptOf(module.metafile.outputs['dist/index.js']?.exports ?? [])
  const results = await Promise.all([
    module,
    build({ ...options, entryPoints, outfile: 'dist/index.cjs', format: 'cjs' }),
    build({ ...options, ...react, outfile: 'dist/react.js', format: 'esm', plugins: [besideEntry('./index.js')] }),
    build({ ...options, ...react, outfile: 'dist/react.cjs', format: 'cjs', plugins: [besideEntry('./index.cjs')] }),
    build({ ...options, stdin: script, outfile: 'dist/conversations.min.js', format: 'iife', minify: true }),
  ])
  mkdirSync(outdir, { recursive: true })
  for (const { outputFiles } of results) {
    for (const { path, contents } of outputFiles) writeFileSync(join(outdir, basename(path)), contents)
  }
  await minifyFurther(join(outdir, 'conversations.min.js'))
}

/**
 * Minifies the script once more, which takes another 3 % off what a page loads.
 * @param {string} file
 */
async function minifyFurther(file) {
  const sourceMap = { content: readFileSync(`${file}.map`, 'utf8'), url: `${basename(file)}.map`, includeSources: true }
  const compress = { passes: 3, pure_getters: true, sequences: false }
  const options = /** @type {const} */ ({ ecma: 2020, toplevel: true, compress, sourceMap })
  const { code, map } = await minify(readFileSync(file, 'utf8'), options)
  if (code === undefined || map === undefined) throw new Error(`unable to minify ${file}: nothing came out`)
  writeFileSync(file, code)
  writeFileSync(`${file}.map`, String(map))
}

/**
 * Puts all declarations that an application can see into one text.
 * @param {string} folder with the declarations of the client and the protocol
 * @param {string} entry below the source of the client
 * @param {string} [main] where the declarations of the first entry are, if this is another one
 */
async function rollUp(folder, entry, main) {
  const protocol = join(folder, 'packages/protocol/src/index.d.ts')
  const place = {
    name: 'place',
    resolveId(/** @type {string} */ id, /** @type {string | undefined} */ importer) {
      if (id === '@conversa/protocol') return protocol
      return main && importer && id === '../index.ts' ? { id: main, external: true } : null
    },
  }
  const bundle = await rollup({
    input: join(folder, 'packages/client/src', entry),
    external: ['react'],
    plugins: [place, dts()],
    onLog: () => {},
  })
  const { output } = await bundle.generate({ format: 'es' })
  return output[0]
}

/**
 * What to do about public types that need another package.
 * @param {string} code
 * @param {string[]} foreign names that it imports
 */
function complaint(code, foreign) {
  const mention = new RegExp(`\\b(${foreign.join('|')})\\b`)
  const lines = code.split('\n').filter((line) => mention.test(line) && !line.startsWith('import '))
  return `another package is needed here; write these types out in packages/client:\n${lines.join('\n')}`
}

/** @param {string} outdir */
async function writeTypes(outdir) {
  await compile('tsconfig.build-sdk.json', async (folder) => {
    const { code, importedBindings } = await rollUp(folder, 'index.d.ts')
    const foreign = Object.values(importedBindings).flat()
    if (foreign.length > 0) throw new Error(`unable to build the types of the SDK: ${complaint(code, foreign)}`)
    mkdirSync(outdir, { recursive: true })
    for (const name of ['index.d.ts', 'index.d.cts']) writeFileSync(join(outdir, name), code)
    const hooks = await rollUp(folder, 'react/index.d.ts', './index.js')
    writeFileSync(join(outdir, 'react.d.ts'), hooks.code)
    writeFileSync(join(outdir, 'react.d.cts'), hooks.code.replace("'./index.js'", "'./index.cjs'"))
  })
}

/**
 * The JavaScript and the types.
 * @param {string} outdir
 */
export async function buildSdk(outdir) {
  await Promise.all([bundleSdk(outdir), writeTypes(outdir)])
}

if (import.meta.main) await bundleSdk(join(home, 'dist'))

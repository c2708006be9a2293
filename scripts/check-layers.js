/**
 * Who may import whom. Reads "is imported by":
 *
 *   protocol <- core <- adapters | server | gateway <- cli
 *   protocol <- client <- web
 *
 * and the same of the folders within a package, where it says so.
 *
 * Usage: node scripts/check-layers.js [root]
 */
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Visitor } from 'oxc-parser'
import { isTest, isTesting, lineOf, readSource, sourcePaths } from './sources.js'

/**
 * For each package, the packages it may import; whether it is pure: its source runs anywhere, so it imports nothing but those
 * packages; whether it checks input with the schemas of the protocol, which bring a library along; and its folders in the order in which
 * each may import those before it, and never what stands beside them, which puts them together.
 * @type {Record<string, { imports: string[], pure?: boolean, schemas?: boolean, folders?: string[] }>}
 */
const layers = {
  protocol: { imports: [], pure: true },
  core: {
    imports: ['protocol'],
    pure: true,
    folders: [
      'records',
      'ports',
      'commands',
      'media',
      'fan-out',
      'queries',
      'outbox',
      'hooks',
      'execution',
      'push',
      'channels',
      'import',
      'verify',
    ],
  },
  adapters: { imports: ['protocol', 'core'] },
  server: { imports: ['protocol', 'core'], schemas: true },
  gateway: { imports: ['protocol', 'core'], schemas: true },
  client: { imports: ['protocol'], pure: true },
  cli: { imports: ['protocol', 'core', 'adapters', 'server', 'gateway', 'client'] },
  web: { imports: ['protocol', 'client'] },
}

/** What a pure package may import in one of its folders, and nowhere else. */
const exceptions = [
  { folder: 'packages/protocol/src/schema/', modules: ['typebox'] },
  // The forms of REST and of the operator are of one door each, and no other peer reads them.
  { folder: 'packages/server/src/rest/', modules: ['typebox'] },
  { folder: 'packages/server/src/operator/', modules: ['typebox'] },
  // An entry of its own, for those who have it.
  { folder: 'packages/client/src/react/', modules: ['react'] },
  // What another server answers is checked by one reader.
  { folder: 'apps/cli/src/import/', modules: ['typebox'] },
  { folder: 'packages/core/src/testing/', modules: ['vitest', 'fast-check'] },
]

const emptyNames = new Set(['utils', 'helpers', 'common', 'shared', 'types'])

/** @typedef {{ path: string, owner: string | undefined, specifier: string }} Import */

/**
 * The package that a file belongs to; undefined for `test/` and `scripts/`.
 * @param {string} path
 */
function ownerOf(path) {
  return /^(?:packages|apps)\/([^/]+)\//.exec(path)?.[1]
}

/**
 * `typebox` of `typebox/value`, `@a/b` of `@a/b/c`.
 * @param {string} specifier
 */
function moduleOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/**
 * The package of ours that a specifier names; undefined for everybody else's.
 * @param {string} specifier
 */
function packageOf(specifier) {
  const module = moduleOf(specifier)
  return module === 'conversa' ? 'cli' : /^@conversa\/(.+)$/.exec(module)?.[1]
}

/**
 * The folder of a package that a file is in; undefined for what stands beside the folders.
 * @param {string} path
 */
function folderOf(path) {
  return /^(?:packages|apps)\/[^/]+\/src\/([^/]+)\//.exec(path)?.[1]
}

/**
 * @param {string} path
 * @param {string} imported
 * @returns {string | undefined}
 */
function checkFolders(path, imported) {
  const folders = layers[ownerOf(path) ?? '']?.folders
  const folder = folderOf(path)
  const target = folderOf(imported)
  if (!folders || !folder || target === folder || isTest(path) || isTesting(path)) return undefined
  if (!folders.includes(folder)) return `the folder ${folder} has no place: give it one in scripts/check-layers.js`
  const before = folders.slice(0, folders.indexOf(folder))
  if (target && before.includes(target)) return undefined
  const list = before.length > 0 ? `only ${before.join(', ')}` : 'no other folder'
  return `${folder} imports ${list}: take it as a parameter, or move the code to a folder that sees both`
}

/** @param {Import} found @returns {string | undefined} */
function checkRelative({ path, owner, specifier }) {
  const imported = posix.join(posix.dirname(path), specifier)
  const target = ownerOf(imported)
  if (target === owner) return checkFolders(path, imported)
  return target
    ? `reaches into ${target} by a path: import it by its package name`
    : 'reaches out of its package: a package contains what it needs'
}

/** @param {Import} found @returns {string | undefined} */
function checkPackage({ owner, specifier }) {
  const target = packageOf(specifier)
  if (!owner || !target || target === owner) return undefined
  const allowed = layers[owner]?.imports ?? []
  if (allowed.includes(target)) return undefined
  const list = allowed.length > 0 ? `only ${allowed.join(', ')}` : 'no other package'
  return `${owner} imports ${list}: take it as a parameter, or move the code to a layer that sees both`
}

/** @param {Import} found @returns {string | undefined} */
function checkSchemas({ path, owner, specifier }) {
  if (specifier !== '@conversa/protocol/schema' || !owner || layers[owner]?.schemas) return undefined
  if (isTest(path) || isTesting(path)) return undefined
  return 'only servers check input: take the types from @conversa/protocol'
}

/** @param {Import} found @returns {string | undefined} */
function checkForeign({ path, owner, specifier }) {
  if (!owner || packageOf(specifier)) return undefined
  const module = moduleOf(specifier)
  if (exceptions.some((it) => path.startsWith(it.folder) && it.modules.includes(module))) return undefined
  if (module === 'typebox')
    return 'typebox belongs to packages/protocol/src/schema: import the schema from @conversa/protocol/schema'
  if (!layers[owner]?.pure || isTest(path)) return undefined
  return isBuiltin(specifier)
    ? `${owner} runs anywhere: take what Node does as a port or a parameter`
    : `${owner} has no dependencies: write it here, or move the code to a layer that may have them`
}

/** @param {Import} found */
function checkImport(found) {
  return found.specifier.startsWith('.')
    ? checkRelative(found)
    : (checkPackage(found) ?? checkSchemas(found) ?? checkForeign(found))
}

/** @param {string} path @returns {string | undefined} */
function checkName(path) {
  const name = path.split('/').find((part) => emptyNames.has(part.split('.')[0] ?? ''))
  return name && `"${name}" does not say what is inside: name it after the one thing it is about`
}

/** @param {string} path @returns {string | undefined} */
function checkOwner(path) {
  const owner = ownerOf(path)
  if (!owner || owner in layers) return undefined
  return `the package ${owner} has no layer: give it one in scripts/check-layers.js`
}

/**
 * Every import, re-export, dynamic import and type import whose specifier is a plain string.
 * @param {import('oxc-parser').Program} program
 */
function importsOf(program) {
  /** @type {{ specifier: string, start: number }[]} */
  const found = []
  const see = (/** @type {{ start: number, source: { type: string, value?: unknown } | null }} */ { start, source }) => {
    if (typeof source?.value === 'string') found.push({ specifier: source.value, start })
  }
  new Visitor({
    ImportDeclaration: see,
    ImportExpression: see,
    ExportAllDeclaration: see,
    ExportNamedDeclaration: see,
    TSImportType: see,
  }).visit(program)
  return found
}

/**
 * @param {string} root
 * @param {string} path
 */
function checkFile(root, path) {
  const { text, program } = readSource(root, path)
  const owner = ownerOf(path)
  const ofPath = [checkName(path), checkOwner(path)].filter((problem) => problem !== undefined)
  const ofImports = importsOf(program).flatMap(({ specifier, start }) => {
    const problem = checkImport({ path, owner, specifier })
    return problem ? [`${lineOf(text, start)}: '${specifier}': ${problem}`] : []
  })
  return [...ofPath.map((problem) => `1: ${problem}`), ...ofImports].map((problem) => `${path}:${problem}`)
}

/**
 * What is wrong in the tree under `root`, a line each.
 * @param {string} root
 */
export function findProblems(root) {
  return sourcePaths(root).flatMap((path) => checkFile(root, path))
}

if (import.meta.main) {
  const problems = findProblems(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)))
  for (const problem of problems) console.log(problem)
  console.log(problems.length === 0 ? 'every import goes one way' : `${problems.length} problems`)
  process.exitCode = problems.length === 0 ? 0 : 1
}

/**
 * Small files, small functions. Tests are exempt, and files whose first line says that they are a table or generated:
 * `// table` or `// generated`.
 */
import { fileURLToPath } from 'node:url'
import { Visitor } from 'oxc-parser'
import { isTest, isTesting, lineOf, readSource, sourcePaths } from './sources.js'

const limits = { file: 500, function: 80 }

/** @typedef {{ place: string, lines: number }} Size */

/**
 * The sizes of all functions, methods and arrows in a file; the lines of an inner one count for the outer one too.
 * @param {string} path
 * @param {ReturnType<typeof readSource>} source
 */
function functionSizes(path, { text, program }) {
  /** @type {Size[]} */
  const sizes = []
  const measure = (/** @type {{ start: number, end: number }} */ { start, end }) => {
    sizes.push({ place: `${path}:${lineOf(text, start)}`, lines: lineOf(text, end) - lineOf(text, start) + 1 })
  }
  new Visitor({ FunctionDeclaration: measure, FunctionExpression: measure, ArrowFunctionExpression: measure }).visit(program)
  return sizes
}

/**
 * @param {keyof typeof limits} kind
 * @param {Size[]} sizes
 */
function describe(kind, sizes) {
  const sorted = sizes.toSorted((a, b) => a.lines - b.lines)
  const at = (/** @type {number} */ share) => sorted[Math.floor((sorted.length - 1) * share)]
  const largest = at(1)
  return `${kind}s: ${sizes.length}, median ${at(0.5)?.lines}, p90 ${at(0.9)?.lines}, max ${largest?.lines} (${largest?.place})`
}

/**
 * @param {keyof typeof limits} kind
 * @param {Size[]} sizes
 */
function tooLong(kind, sizes) {
  return sizes
    .filter(({ lines }) => lines > limits[kind])
    .map(({ place, lines }) => `${place}: a ${kind} of ${lines} lines, at most ${limits[kind]}: split it`)
}

/**
 * What is too long in the tree under `root`, a line each, and a line about all of it.
 * @param {string} root
 */
export function measureSizes(root) {
  const sources = sourcePaths(root)
    .filter((path) => !isTest(path) && !isTesting(path))
    .map((path) => ({ path, source: readSource(root, path) }))
    .filter(({ source }) => !/^\/\/ (table|generated)\b/.test(source.text))
  const files = sources.map(({ path, source }) => ({ place: path, lines: source.text.trimEnd().split('\n').length }))
  const functions = sources.flatMap(({ path, source }) => functionSizes(path, source))
  return {
    problems: [...tooLong('file', files), ...tooLong('function', functions)],
    summary: `${describe('file', files)}; ${describe('function', functions)}`,
  }
}

if (import.meta.main) {
  const { problems, summary } = measureSizes(fileURLToPath(new URL('..', import.meta.url)))
  for (const problem of problems) console.log(problem)
  console.log(summary)
  process.exitCode = problems.length === 0 ? 0 : 1
}

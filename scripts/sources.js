/**
 * What the checks read: every source file of the project, as text and as a syntax tree.
 */
import { globSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { parseSync } from 'oxc-parser'

const patterns = ['{packages,apps}/*/src/**/*.{ts,tsx}', 'test/**/*.ts', 'scripts/**/*.js']

/**
 * Paths relative to `root`, with `/`.
 * @param {string} root
 */
export function sourcePaths(root) {
  return globSync(patterns, { cwd: root })
    .map((path) => path.split(sep).join('/'))
    .sort()
}

/**
 * @param {string} root
 * @param {string} path
 */
export function readSource(root, path) {
  const text = readFileSync(join(root, path), 'utf8')
  const { program, errors } = parseSync(path, text)
  if (errors[0]) throw new Error(`unable to read ${path}: ${errors[0].message}`)
  return { text, program }
}

/**
 * The number of the line that holds the character at `offset`.
 * @param {string} text
 * @param {number} offset
 */
export function lineOf(text, offset) {
  return text.slice(0, offset).split('\n').length
}

/** @param {string} path */
export function isTest(path) {
  return path.startsWith('test/') || /\.test\.tsx?$/.test(path)
}

/**
 * Suites, clocks and fakes that tests are made of.
 * @param {string} path
 */
export function isTesting(path) {
  return path.includes('/src/testing/')
}

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runProgram } from '../packages/packed.ts'
import { type Example, examplesOf, PAGES, ROOT, textOf } from './pages.ts'

/** How many examples may be left out, each with a reason beside it. */
const MOST_NOT_RUN = 6

const all = PAGES.flatMap((page) => examplesOf(page))
const isRun = ({ reason, test }: Example) => reason === undefined && test === undefined
const folder = mkdtempSync(join(tmpdir(), 'conversa-docs-'))

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(PAGES.filter((page) => examplesOf(page).some(isRun)))('the examples of %s work', async (page) => {
  const args = ['--conditions=conversa-source', join(ROOT, 'test/docs/run-page.ts'), page, join(folder, page)]
  expect(await runProgram(process.execPath, args, ROOT)).toBe('')
})

test('examples in TypeScript have the types that they use', async () => {
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const files = all
    .filter((example) => isRun(example) && /^tsx?$/.test(example.language))
    .map(({ place, language, code }) => ({ name: `${place.replaceAll(/\W+/g, '-')}.${language}`, code }))
  for (const { name, code } of files) writeFileSync(join(folder, name), `${code}\nexport {}\n`)
  const stage = join(ROOT, 'test/docs/stage.ts')
  const names = [...textOf('test/docs/stage.ts').matchAll(/^ {2}readonly (\w+):/gm)].map(([, name]) => name)
  const globals = names.map((name) => `  const ${name}: import('${stage}').Stage['${name}']`)
  writeFileSync(join(folder, 'stage.d.ts'), `declare global {\n${globals.join('\n')}\n}\nexport {}\n`)
  const compilerOptions = {
    module: 'esnext',
    moduleResolution: 'bundler',
    customConditions: ['conversa-source'],
    allowImportingTsExtensions: true,
    lib: ['ES2024', 'ESNext', 'DOM', 'DOM.Iterable'],
    target: 'ES2024',
    types: ['node'],
    jsx: 'react-jsx',
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, files: ['stage.d.ts', ...files.map(({ name }) => name)] }),
  )
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  expect(await runProgram(process.execPath, [compiler, '-p', folder], folder)).toBe('')
})

test('few examples are not run, and those that a test runs are named in it', () => {
  const left = all.filter(({ reason }) => reason !== undefined)
  expect(left.length, left.map(({ place, reason }) => `${place}: ${reason}`).join('\n')).toBeLessThanOrEqual(MOST_NOT_RUN)
  for (const { place, test } of all)
    if (test !== undefined) expect(textOf(test), place).toContain(place.replace(/(\/README\.md)?:\d+$/, ''))
})

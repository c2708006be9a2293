import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildSdk } from '../../scripts/build-sdk.js'
import { PackedPackages, ROOT, runProgram } from './packed.ts'

const packages = new PackedPackages()
let home: string

beforeAll(async () => {
  const [client] = await packages.pack(['packages/client'], (to) => buildSdk(join(to, 'packages/client/dist')))
  if (!client) throw new Error('nothing was packed')
  home = await packages.install(client, '@conversa/client')
  for (const name of ['react', 'react-dom', 'scheduler', 'csstype', '@types']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(home, 'node_modules', name))
  }
})

afterAll(() => packages.close())

test.each(['bundler', 'nodenext'])('the example in docs/react.md compiles as it stands (%s)', async (moduleResolution) => {
  const example = /^```tsx\n(.*?)^```$/ms.exec(readFileSync(join(ROOT, 'docs/react.md'), 'utf8'))?.[1]
  writeFileSync(join(home, 'example.tsx'), example ?? '')
  const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution
  const lib = ['ES2022', 'DOM', 'DOM.Iterable']
  const compilerOptions = {
    module,
    moduleResolution,
    lib,
    types: [],
    jsx: 'react-jsx',
    strict: true,
    target: 'ES2022',
    noEmit: true,
  }
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['example.tsx'] }))
  expect(example).toContain('useMessages')
  expect(await runProgram(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', home], home)).toBe('')
})

/** Renders on a server, and prints whether the hooks and the first entry are about the same class. */
const APPLICATION = `
const Shows = () => String(hooks.useClient() instanceof Client)
const page = createElement(hooks.ConversaProvider, { client: new Client('token', { url: 'http://127.0.0.1:9' }) }, createElement(Shows))
console.log(renderToString(page), Object.keys(hooks).length)
process.exit()
`

test.each([
  [
    'a module',
    'module',
    `import { Client } from '@conversa/client'
     import * as hooks from '@conversa/client/react'
     import { createElement } from 'react'
     import { renderToString } from 'react-dom/server'`,
  ],
  [
    'a script',
    'commonjs',
    `const { Client } = require('@conversa/client')
     const hooks = require('@conversa/client/react')
     const { createElement } = require('react')
     const { renderToString } = require('react-dom/server')`,
  ],
])('%s of Node renders with the hooks', async (_, type, imports) => {
  const output = await runProgram(process.execPath, [`--input-type=${type}`, '--eval', imports + APPLICATION], home)
  expect(output).toMatch(/^false 1\d\n$/)
})

import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildSdk } from '../../scripts/build-sdk.js'
import { modulesNamedBy, publintComplaints, typeComplaints } from './package-checks.ts'
import { installedText, type Packed, PackedPackages, runProgram } from './packed.ts'

const packages = new PackedPackages()
let client: Packed
/** Two applications, by the name that they know the SDK under. */
const homes = { '@conversa/client': '', '@twilio/conversations': '' }

beforeAll(async () => {
  const [packed] = await packages.pack(['packages/client'], (to) => buildSdk(join(to, 'packages/client/dist')))
  if (!packed) throw new Error('nothing was packed')
  client = packed
  for (const name of names) homes[name] = await packages.install(client, name)
})

afterAll(() => packages.close())

const names = ['@conversa/client', '@twilio/conversations'] as const

const dist = (path: string) => installedText(homes['@conversa/client'], '@conversa/client', `dist/${path}`)

test('the tarball has what an application needs, and nothing else', () => {
  const scripts = ['conversations.min.js', 'index.cjs', 'index.js', 'react.cjs', 'react.js']
  const built = scripts.flatMap((name) => [name, `${name}.map`])
  const inside = [...built, 'index.d.cts', 'index.d.ts', 'react.d.cts', 'react.d.ts'].map((name) => `dist/${name}`)
  expect(client.files).toEqual(['LICENSE', 'README.md', ...inside, 'package.json'].sort())
})

test('its package.json names React, for who has it, no other package, and no path outside of the tarball', () => {
  expect(client.manifest).toMatchObject({ name: '@conversa/client', license: 'Apache-2.0', sideEffects: false })
  expect(client.manifest).toMatchObject({
    peerDependencies: { react: '>=18' },
    peerDependenciesMeta: { react: { optional: true } },
  })
  for (const key of ['scripts', 'dependencies', 'devDependencies', 'optionalDependencies']) {
    expect(client.manifest).not.toHaveProperty(key)
  }
  expect(JSON.stringify(client.manifest)).not.toMatch(/conversa-source|protocol|src\//)
})

test.each(['index.js', 'index.cjs', 'conversations.min.js', 'index.d.ts', 'index.d.cts'])('%s names no other module', (name) => {
  expect(modulesNamedBy(name, dist(name))).toEqual([])
})

test.each([
  ['react.js', './index.js'],
  ['react.cjs', './index.cjs'],
  ['react.d.ts', './index.js'],
  ['react.d.cts', './index.cjs'],
])('%s names React and %s', (name, entry) => {
  expect(new Set(modulesNamedBy(name, dist(name)))).toEqual(new Set(['react', entry]))
})

test.each(['index.js', 'index.cjs', 'conversations.min.js', 'react.js', 'react.cjs'])(
  '%s asks for nothing that browsers of 2022 lack',
  (name) => {
    // What belongs to the language is checked by the compiler; its types of the platform know no years.
    expect(dist(name)).not.toMatch(/\bstatic ?\{|AbortSignal\.(any|timeout)|URL\.(canParse|parse)|navigator\.locks|Promise\.try/)
  },
)

test.each(['index.js', 'index.cjs', 'conversations.min.js'])('%s has a map to the source', (name) => {
  expect(dist(name)).toContain(`//# sourceMappingURL=${name}.map`)
  const { sources, sourcesContent } = JSON.parse(dist(`${name}.map`)) as { sources: string[]; sourcesContent: string[] }
  expect(sourcesContent[sources.indexOf('../src/client.ts')]).toContain('export class Client')
})

test('publint and attw have nothing to say', async () => {
  expect(await publintComplaints(client)).toEqual([])
  expect(await typeComplaints(client, ['./lib/conversation'])).toEqual([])
})

/** What an application does that was written in one way or another, as a module of Node; prints `right` for each. */
const application = (name: string, version: string) => `
import { createRequire } from 'node:module'
import Default, * as all from '${name}'
import { Client, Conversation } from '${name}'
import { Message } from '${name}/lib/message'
const required = createRequire(import.meta.url)('${name}')
const { Client: Required } = createRequire(import.meta.url)('${name}')
const right = {
  'a class, not only a type': typeof Client === 'function' && typeof Client.create === 'function',
  'the default is the client, as in 1.x': Default === Client && all.Client === Client,
  'deep imports of 1.x': Message === all.Message && typeof Conversation === 'function',
  'require has the same names': Object.keys(all).every((key) => key in required),
  'require, then .default': required.default === Required && Required.name === Client.name,
  'its version': Client.version === '${version}' && Required.version === '${version}',
  'constants of events': Client.messageAdded === 'messageAdded' && Required.messageAdded === 'messageAdded',
}
console.log(JSON.stringify(right))
`

test.each(names)('an application of Node imports and requires %s', async (name) => {
  const output = await runProgram(
    process.execPath,
    ['--input-type=module', '--eval', application(name, client.manifest.version)],
    homes[name],
  )
  expect(Object.entries(JSON.parse(output) as object).filter(([, holds]) => holds !== true)).toEqual([])
})

describe('the script for pages without a bundler', () => {
  /** Runs the script where nothing is but the language; gives what it left of the globals. */
  function runScript(globals: object): { Twilio: Record<string, Record<string, unknown>> } & Record<string, unknown> {
    const context = createContext(globals)
    runInContext(dist('conversations.min.js'), context)
    return context as ReturnType<typeof runScript>
  }

  test('sets Twilio.Conversations and no other global', () => {
    const globals = runScript({})
    expect(Object.keys(globals)).toEqual(['Twilio'])
    expect(globals.Twilio).toMatchObject({ Conversations: { Client: expect.any(Function), Conversation: expect.any(Function) } })
  })

  test('leaves other members of Twilio alone', () => {
    const Twilio = { Video: { version: '2' }, Conversations: 'older' }
    const globals = runScript({ Twilio })
    expect(globals.Twilio).toBe(Twilio)
    expect(globals.Twilio.Video).toEqual({ version: '2' })
    expect(globals.Twilio.Conversations).toHaveProperty('Client')
  })

  test('runs in a worker', async () => {
    const report = "require('node:worker_threads').parentPort.postMessage(Object.keys(globalThis.Twilio.Conversations))"
    const worker = new Worker(`${dist('conversations.min.js')}\n${report}`, { eval: true })
    const exported = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    await worker.terminate()
    expect(exported).toEqual(expect.arrayContaining(['Client', 'Conversation', 'default']))
  })
})

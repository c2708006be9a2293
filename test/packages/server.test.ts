import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import type { Client as ClientClass } from '@conversa/client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { build, serverPackages } from '../../scripts/build.js'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { publintComplaints, typeComplaints } from './package-checks.ts'
import { type Packed, PackedPackages, ROOT, runProgram } from './packed.ts'

const packages = new PackedPackages()
let packed: readonly Packed[]
/** An application with all packages. */
let home: string

beforeAll(async () => {
  packed = await packages.pack(['packages/client', ...serverPackages], build)
  home = await packages.unpack(packed)
}, 300_000)

afterEach(endServerProcesses)

afterAll(() => packages.close())

test('every tarball has the licence and what was built, and nothing else', () => {
  for (const { name, files } of packed) {
    expect(files, name).toEqual(expect.arrayContaining(['LICENSE', 'package.json']))
    const others = files.filter((path) => !/^(LICENSE|README\.md|package\.json|dist\/.*)$/.test(path))
    const tests = files.filter((path) => /\.test\.|testing/.test(path))
    expect([...others, ...tests], name).toEqual([])
  }
})

test('no package.json has what only this repository needs', () => {
  for (const { manifest } of packed) expect(JSON.stringify(manifest)).not.toMatch(/conversa-source|src\/|devDependencies|scripts/)
})

test('publint has nothing to say', async () => {
  for (const one of packed) expect(await publintComplaints(one), one.name).toEqual([])
})

/** These packages are ES modules for Node 24, which `require` takes too; compilers that know no exports are too old for them. */
const ofModulesOnly = /"resolutionKind":"node10"|"kind":"CJSResolvesToESM"/

test('attw has nothing to say', async () => {
  for (const one of packed) {
    const complaints = await typeComplaints(one)
    expect(
      complaints.filter((complaint) => !ofModulesOnly.test(complaint)),
      one.name,
    ).toEqual([])
  }
})

/** The entries that have a name; `./lib/*` has many. */
const entriesOf = ({ exports }: Packed['manifest']) => Object.keys(exports).filter((path) => !/\*|\.json$/.test(path))

test('types need no other package than those that are installed with them', async () => {
  const entries = packed.flatMap(({ name, manifest }) => entriesOf(manifest).map((path) => name + path.slice(1)))
  const application = entries.map((entry, at) => `import * as all${at} from '${entry}'\nexport type All${at} = typeof all${at}\n`)
  writeFileSync(join(home, 'app.mts'), application.join(''))
  const options = {
    strict: true,
    module: 'nodenext',
    lib: ['ES2024', 'ESNext'],
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
  }
  writeFileSync(
    join(home, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...options, noEmit: true }, files: ['app.mts'] }),
  )
  expect(await runProgram(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', home], home)).toBe('')
})

test('the installed program serves, with its web app, and the installed SDK talks to it', async () => {
  await using data = await dataFolder()
  const server = await ServerProcess.start({ data: data.path, program: join(home, 'node_modules/.bin/conversa') })
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  expect(await (await fetch(server.url)).text()).toContain('<script')

  const { Client } = (await import(pathToFileURL(join(home, 'node_modules/@conversa/client/dist/index.js')).href)) as {
    Client: typeof ClientClass
  }
  const client = await Client.create(await server.token('alice'), { url: server.url })
  const conversation = await client.createConversation({ friendlyName: 'Lunch' })
  await conversation.join()
  expect(await conversation.sendMessage('Soup or salad?')).toBe(0)
  expect(await conversation.getMessagesCount()).toBe(1)
  await client.shutdown()
  expect(await server.stop()).toMatchObject({ code: 0 })
})

describe('tests of an application that have a server of their own', () => {
  beforeAll(() => packages.furnish(home, 'examples/testing', ['jest', 'vitest']))

  test.each([
    ['vitest', [], / 3 passed/],
    ['jest', ['--json'], /"numPassedTests":3,/],
    ['node', [], /pass 3\n/],
  ])('pass on %s', { timeout: 180_000 }, async (runner, options, result) => {
    const output = await runProgram('npm', ['run', `test:${runner}`, '--', ...options], home)
    expect(stripVTControlCharacters(output)).toMatch(result)
  })
})

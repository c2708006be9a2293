import { chmod, mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { type BuiltProgram, builtProgram } from './built-program.ts'
import { dataFolder } from './data-folder.ts'
import { endServerProcesses, ServerProcess } from './server-process.ts'

let program: BuiltProgram
let folder: Awaited<ReturnType<typeof dataFolder>>

beforeAll(async () => {
  program = await builtProgram()
}, 120_000)

beforeEach(async () => {
  folder = await dataFolder()
})

afterEach(async () => {
  await endServerProcesses()
  await folder[Symbol.asyncDispose]()
})

afterAll(() => program[Symbol.asyncDispose]())

/** A server of the built program, which keeps what it compiles where its user's home says. */
function start(home: string, env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  return ServerProcess.start({
    data: join(folder.path, 'data'),
    program: program.path,
    env: { NODE_COMPILE_CACHE: undefined, HOME: home, ...env },
  })
}

const filesBelow = async (path: string) => (await readdir(path, { recursive: true }).catch(() => [])).length

test('the built program needs nothing but its folder: it serves REST, the web app and what is loaded when it is wanted', async () => {
  const server = await start(folder.path)
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
  expect(await (await fetch(server.url)).text()).toContain('<script')
  expect((await fetch(`${server.url}/v1/Conversations`)).status).toBe(401)
  expect(await server.token('alice')).toMatch(/^ey/)
  expect(await server.stop()).toEqual({ code: 0, signal: null })
})

test('the licences of what is bundled go along', async () => {
  const notices = await readFile(join(dirname(program.path), 'program/NOTICES.txt'), 'utf8')
  for (const name of ['fastify', 'typebox', 'ws', 'pino', '@nats-io/transport-node', 'pg', 'busboy'])
    expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+.*\\n\\n\\S`, 'm'))
  expect(notices).not.toContain('@conversa/')
})

describe('what was compiled', () => {
  it('is kept as soon as the server serves, for the next start', async () => {
    const server = await start(folder.path)
    await expect.poll(() => filesBelow(join(folder.path, '.cache/conversa'))).toBeGreaterThan(5)
    await server.kill9()
  })

  it('is kept where the user keeps such things', async () => {
    await mkdir(join(folder.path, 'caches'), { mode: 0o700 })
    const server = await start(join(folder.path, 'home'), { XDG_CACHE_HOME: join(folder.path, 'caches') })
    await server.stop()
    expect(await filesBelow(join(folder.path, 'caches/conversa'))).toBeGreaterThan(5)
  })

  it('is not kept where somebody else could put something', async () => {
    await mkdir(join(folder.path, '.cache'))
    await chmod(join(folder.path, '.cache'), 0o777)
    const server = await start(folder.path)
    await server.stop()
    expect(await filesBelow(join(folder.path, '.cache/conversa'))).toBe(0)
  })

  it('is not kept where nothing can be', async () => {
    const server = await start('/dev/null')
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    expect(await server.stop()).toEqual({ code: 0, signal: null })
  })
})

import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makeEarlierFile } from '@conversa/adapters/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { dataFolder } from './data-folder.ts'
import { endServerProcesses, runToEnd, ServerProcess } from './server-process.ts'

afterAll(endServerProcesses)

const PRODUCTION = {
  CONVERSA_MODE: 'production',
  CONVERSA_ACCOUNT_SID: `AC${'a'.repeat(32)}`,
  CONVERSA_AUTH_TOKEN: 'b'.repeat(32),
  CONVERSA_API_KEY_SID: `SK${'c'.repeat(32)}`,
  CONVERSA_API_KEY_SECRET: 'd'.repeat(32),
  CONVERSA_SERVICE_SID: `IS${'e'.repeat(32)}`,
}

describe('a start', () => {
  it.each([
    ['in development mode on an address that is not loopback', { HOST: '0.0.0.0' }, /loopback/],
    ['in production without credentials', { CONVERSA_MODE: 'production' }, /CONVERSA_ACCOUNT_SID/],
    ['with a setting that is not known', { CONVERSA_DATABSE_URL: 'x' }, /CONVERSA_DATABASE_URL/],
  ])('%s is refused and says why', async (_, env, says) => {
    await using folder = await dataFolder()
    const { code, output } = await runToEnd({ data: folder.path, env })
    expect(code).toBe(2)
    expect(output).toMatch(says)
  })

  it('in production mints tokens for nobody, and ends cleanly', async () => {
    await using folder = await dataFolder()
    const server = await ServerProcess.start({ data: folder.path, env: PRODUCTION })
    await expect(server.token('alice')).rejects.toThrow('404')
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    expect(await server.stop()).toEqual({ code: 0, signal: null })
  })

  it('on a file of an older program serves at once, and says when all its rows have their checksums', async () => {
    await using folder = await dataFolder()
    const rows = Array.from({ length: 700 }, (_, at) => `INSERT INTO meta VALUES ('of an older program ${at}', '');`).join('\n')
    makeEarlierFile(join(folder.path, 'conversa.db'), 'CREATE TABLE unchecked', rows)
    const server = await ServerProcess.start({ data: folder.path, env: { CONVERSA_LOG_LEVEL: 'info' } })
    await expect.poll(() => server.output, { timeout: 10_000 }).toMatch(/"rows":\d+,"msg":"all rows have their checksums"/)
    expect(server.output).toContain('rows that an older program wrote get their checksums meanwhile')
    await server.stop()
    const again = await server.restart()
    expect((await fetch(`${again.url}/readyz`)).status).toBe(200)
    expect(again.output).not.toContain('checksums')
  })

  it('in production keeps what it makes from other users of the machine, whether it made the folder or found it', async () => {
    await using folder = await dataFolder()
    const [made, found] = [join(folder.path, 'made'), join(folder.path, 'found')]
    await mkdir(found, { mode: 0o755 })
    const open: string[] = []
    for (const data of [made, found]) {
      const server = await ServerProcess.start({ data, env: PRODUCTION })
      for (const name of await readdir(data)) if ((await stat(join(data, name))).mode & 0o077) open.push(join(data, name))
      await server.stop()
    }
    expect(open).toEqual([])
    expect((await stat(made)).mode & 0o777).toBe(0o700)
  })
})

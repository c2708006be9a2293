import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isSidOf } from '@conversa/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ConfigProblems, Credentials } from './config.ts'
import { type DevelopmentCredentials, developmentCredentials } from './credentials.ts'

const random = (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes)
const GIVEN: Credentials = {
  accountSid: `AC${'a'.repeat(32)}`,
  authToken: 'given auth token',
  apiKeySid: `SK${'b'.repeat(32)}`,
  apiKeySecret: 'given secret',
  serviceSid: `IS${'c'.repeat(32)}`,
}

let folder: string
let path: string
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'conversa-credentials-')), 'deep', 'data')
  path = join(folder, 'credentials.json')
})
afterEach(() => rm(join(folder, '..', '..'), { recursive: true }))

async function start(given: Partial<Credentials> = {}): Promise<DevelopmentCredentials> {
  const answer = await developmentCredentials(folder, given, random)
  if ('problems' in answer) throw new Error(answer.problems.join())
  return answer
}

describe('developmentCredentials', () => {
  test('the first start makes them and keeps them for its owner alone; the next one reads them', async () => {
    const first = await start()
    expect(first).toMatchObject({ path, created: true })
    expect(isSidOf('account', first.credentials.accountSid)).toBe(true)
    expect(isSidOf('apiKey', first.credentials.apiKeySid)).toBe(true)
    expect(isSidOf('service', first.credentials.serviceSid)).toBe(true)
    expect(first.credentials.authToken).toMatch(/^[0-9a-f]{32}$/)
    expect(first.credentials.apiKeySecret).toMatch(/^[0-9a-f]{64}$/)
    expect(new Set(Object.values(first.credentials)).size).toBe(5)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    expect(await readdir(folder)).toEqual(['credentials.json'])
    expect(await start()).toEqual({ credentials: first.credentials, path, created: false })
  })

  test('the mode does not depend on the umask', async () => {
    const before = process.umask(0)
    try {
      await start()
      expect((await stat(path)).mode & 0o777).toBe(0o600)
    } finally {
      process.umask(before)
    }
  })

  test('the environment wins and never reaches the file', async () => {
    const { authToken, serviceSid } = GIVEN
    const first = await start({ authToken, serviceSid })
    expect(first.credentials).toMatchObject({ authToken, serviceSid })
    expect(await readFile(path, 'utf8')).not.toContain(authToken)
    const second = await start()
    expect(second.credentials).toMatchObject({
      accountSid: first.credentials.accountSid,
      apiKeySecret: first.credentials.apiKeySecret,
    })
    expect(second.credentials.authToken).not.toBe(authToken)
  })

  test('when the environment sets everything, no file is made or read', async () => {
    expect(await start(GIVEN)).toEqual({ credentials: GIVEN, path: undefined, created: false })
    await mkdir(folder, { recursive: true })
    await writeFile(path, 'damaged')
    expect((await start(GIVEN)).credentials).toEqual(GIVEN)
  })

  test.each([
    '',
    'damaged',
    '{}',
    'null',
    '[]',
    '"text"',
    `{"accountSid":"${GIVEN.accountSid}"`,
    JSON.stringify({ ...GIVEN, authToken: undefined }),
    JSON.stringify({ ...GIVEN, authToken: '' }),
    JSON.stringify({ ...GIVEN, apiKeySecret: 42 }),
    JSON.stringify({ ...GIVEN, serviceSid: GIVEN.accountSid }),
    JSON.stringify({ ...GIVEN, apiKeySecret: 'x\n' }),
  ])('a damaged file is told and stays: %s', async (text) => {
    await mkdir(folder, { recursive: true })
    await writeFile(path, text)
    const { problems } = (await developmentCredentials(folder, {}, random)) as ConfigProblems
    expect(problems).toEqual([expect.stringContaining(`${path} is damaged`)])
    expect(problems.join()).not.toContain(GIVEN.authToken)
    expect(await readFile(path, 'utf8')).toBe(text)
    expect(await readdir(folder)).toEqual(['credentials.json'])
  })

  test('starts at the same moment agree', async () => {
    const starts = await Promise.all(Array.from({ length: 20 }, () => start()))
    expect(new Set(starts.map(({ credentials }) => JSON.stringify(credentials))).size).toBe(1)
    expect(starts.filter(({ created }) => created)).toHaveLength(1)
    expect(await readdir(folder)).toEqual(['credentials.json'])
  })

  test('a data folder that is a file is a fault', async () => {
    await mkdir(join(folder, '..'), { recursive: true })
    await writeFile(folder, '')
    await expect(developmentCredentials(folder, {}, random)).rejects.toThrow(/ENOTDIR|EEXIST/)
  })
})

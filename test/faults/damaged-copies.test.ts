import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { call } from '../command-line/call.ts'
import { fillAtRandom } from '../command-line/filled-store.ts'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { endServerProcesses, ServerProcess } from '../end-to-end/server-process.ts'
import { damageRow, saying } from './damaged-row.ts'

/* What copies everything says which row is damaged, fails, and leaves no copy: else a bad value would outlive the disk. */

afterAll(endServerProcesses)

/** A server on a store that was filled by seed; its data folder, and a backup that is yet to be made, elsewhere. */
async function begin() {
  const [{ path: data }, { path: elsewhere }] = [await folderOfTest(), await folderOfTest()]
  await fillAtRandom(data, 31, 150)
  const file = join(elsewhere, 'conversa.backup')
  const backUp = async (...options: string[]) => {
    const server = await ServerProcess.start({ data })
    const ran = await call(['backup', file, '--url', server.url, ...options], { CONVERSA_DATA: data })
    await server.stop()
    return ran
  }
  return { data, elsewhere, file, backUp }
}

async function folderOfTest() {
  const folder = await dataFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  return folder
}

test('conversa backup names the row, ends with 1, and keeps the backup that there was', async () => {
  const { data, elsewhere, file, backUp } = await begin()
  expect(await backUp()).toMatchObject({ code: 0, stderr: 'the server makes a copy …\n' })
  const before = readFileSync(file)
  const row = damageRow(join(data, 'conversa.db'))
  expect(await backUp('--force')).toEqual({ code: 1, stdout: '', stderr: saying(row) })
  expect(readFileSync(file).equals(before)).toBe(true)
  expect(readdirSync(elsewhere)).toEqual(['conversa.backup'])
})

test('conversa restore names the row, ends with 1, and keeps the database that there was', async () => {
  const { data, elsewhere, file, backUp } = await begin()
  expect(await backUp()).toMatchObject({ code: 0 })
  const row = damageRow(file)
  const path = join(data, 'conversa.db')
  const before = readFileSync(path)
  for (const CONVERSA_DATA of [data, join(elsewhere, 'new')]) {
    expect(await call(['restore', file, '--force'], { CONVERSA_DATA })).toEqual({
      code: 1,
      stdout: '',
      stderr: saying(row),
    })
  }
  expect(readFileSync(path).equals(before)).toBe(true)
  expect(existsSync(join(elsewhere, 'new', 'conversa.db'))).toBe(false)
})

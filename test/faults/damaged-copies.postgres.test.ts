import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { expect, onTestFinished, test } from 'vitest'
import { call } from '../command-line/call.ts'
import { fillAtRandom } from '../command-line/filled-store.ts'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { damageRow, saying } from './damaged-row.ts'

withPostgres(() => {
  /** A data folder with one damaged row, a backup that has it too, and an empty database. */
  const begin = async () => {
    const [folder, { url, run, free }] = [await dataFolder(), await testSchema()]
    onTestFinished(async () => {
      await folder[Symbol.asyncDispose]()
      await free()
    })
    await fillAtRandom(folder.path, 32, 150)
    const path = join(folder.path, 'conversa.db')
    const row = damageRow(path)
    const file = join(folder.path, 'conversa.backup')
    await copyFile(path, file)
    const rows = async () => {
      const { rows: tables } = await run("SELECT to_regclass('messages') AS messages")
      return tables[0].messages === null ? 0 : Number((await run('SELECT count(*) AS count FROM messages')).rows[0].count)
    }
    return { file, row, rows, env: { CONVERSA_DATA: folder.path, CONVERSA_DATABASE_URL: url } }
  }

  test.each(['migrate', 'restore'])('conversa %s names a damaged row, ends with 1, and brings nothing over', async (command) => {
    const { file, row, rows, env } = await begin()
    const args = command === 'restore' ? [command, file] : [command]
    expect(await call(args, env)).toEqual({ code: 1, stdout: '', stderr: saying(row) })
    expect(await rows()).toBe(0)
  })
})

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { openSqliteStore } from '../sqlite-store.ts'

async function begin() {
  const folder = mkdtempSync(join(tmpdir(), 'conversa-'))
  const store = openSqliteStore({ path: join(folder, 'conversa.db') })
  onTestFinished(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })
  const copies = join(folder, 'backups')
  return { backup: await store.backUp(copies, undefined), left: () => readdirSync(copies) }
}

test('the copy of a backup goes when it was read', async () => {
  const { backup, left } = await begin()
  expect(left()).toHaveLength(1)
  let bytes = 0
  for await (const { length } of backup) bytes += length
  expect(bytes).toBeGreaterThan(0)
  expect(left()).toEqual([])
})

test('the copy of a backup goes when whoever asked for it went before they read any of it', async () => {
  const { backup, left } = await begin()
  const body = Readable.from(backup).destroy()
  await new Promise((resolve) => body.once('close', resolve))
  expect(left()).toEqual([])
})

test('the copy of a backup goes when reading it is given up in between', async () => {
  const { backup, left } = await begin()
  for await (const _ of backup) break
  expect(left()).toEqual([])
})

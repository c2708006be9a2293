import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { openSqliteStore } from '../sqlite-store.ts'

function opened() {
  const folder = mkdtempSync(join(tmpdir(), 'conversa-'))
  const store = openSqliteStore({ path: join(folder, 'conversa.db') })
  onTestFinished(async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  })
  return { folder, store, copies: join(folder, 'backups') }
}

async function begin() {
  const { store, copies } = opened()
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

test('a backup that is asked for while something is written is made', async () => {
  const { folder, store, copies } = opened()
  using other = new DatabaseSync(':memory:')
  let asked: ReturnType<typeof store.backUp> | undefined
  await store.transact([], async (tx) => {
    const unset = { defaultServiceSid: null, inactive: null, closed: null, defaultMessagingServiceSid: null }
    tx.saveAccount({ sid: `AC${'0'.repeat(32)}`, ...unset })
    asked = store.backUp(copies, undefined)
    // A copy that was begun after it would be there by now.
    for (let later = 0; later < 5; later++) await backup(other, join(folder, `${later}.db`))
  })
  let bytes = 0
  for await (const { length } of (await asked) ?? []) bytes += length
  expect(bytes).toBeGreaterThan(0)
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeDurableStore, describeStore } from '@conversa/core/testing'
import { onTestFinished } from 'vitest'
import { openSqliteStore } from './sqlite-store.ts'

describeDurableStore('SQLite in a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'conversa-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'store.db')
  return { store: openSqliteStore({ path }), reopen: async () => openSqliteStore({ path }) }
})

describeStore('SQLite in memory', async () => ({ store: openSqliteStore({ path: ':memory:' }) }))

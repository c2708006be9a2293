import type { Store } from '@conversa/core'
import { afterAll, describe, onTestFinished, test } from 'vitest'
import { openPostgresStore } from '../postgres/postgres-store.ts'
import { dropTestSchemas, testSchema, withoutPostgres } from './postgres-database.ts'

/** Runs suites that need PostgreSQL, or says why they are skipped. */
export function withPostgres(suites: () => void): void {
  if (withoutPostgres !== undefined) describe('PostgreSQL', () => test.skip(withoutPostgres as string))
  else {
    afterAll(dropTestSchemas)
    suites()
  }
}

/** Opens a store in an empty schema, for the test that runs; the test closes it. */
export async function openTestStore(): Promise<{ readonly store: Store; readonly reopen: () => Promise<Store> }> {
  const { url, free } = await testSchema()
  onTestFinished(free)
  const open = () => openPostgresStore({ url, connections: 4 })
  return { store: await open(), reopen: open }
}

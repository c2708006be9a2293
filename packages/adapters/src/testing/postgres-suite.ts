import type { Store } from '@conversa/core'
import { afterAll, describe, onTestFinished, test } from 'vitest'
import { Connections } from '../postgres/connection.ts'
import { openPostgresStoreOn } from '../postgres/postgres-store.ts'
import { dropTestSchemas, testSchema, withoutPostgres } from './postgres-database.ts'

/** Runs suites that need PostgreSQL, or says why they are skipped. */
export function withPostgres(suites: () => void): void {
  if (withoutPostgres !== undefined) describe('PostgreSQL', () => test.skip(withoutPostgres as string))
  else {
    afterAll(async () => {
      for (const connections of kept.values()) await connections.end()
      kept.clear()
      await dropTestSchemas()
    })
    suites()
  }
}

/** Connections that stay when their store is closed: a new one takes as long as several works of a test. */
class KeptConnections extends Connections {
  override async close(): Promise<void> {}

  end(): Promise<void> {
    return super.close()
  }
}

const kept = new Map<string, KeptConnections>()

function connectionsTo(url: string): KeptConnections {
  const connections = kept.get(url) ?? new KeptConnections({ url, connections: 4, patience: 5000 })
  kept.set(url, connections)
  return connections
}

/** Opens a store in an empty schema, for the test that runs; the test closes it. */
export async function openTestStore(): Promise<{ readonly store: Store; readonly reopen: () => Promise<Store> }> {
  const { url, free } = await testSchema()
  onTestFinished(free)
  const open = () => openPostgresStoreOn(connectionsTo(url), { url, connections: 4 })
  return { store: await open(), reopen: open }
}

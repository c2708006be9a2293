import { PostgresCluster, withoutCluster } from './faults/postgres-cluster.ts'

/**
 * What a commit would wait for is left to the operating system: what these tests see of a database is the same, and a machine does not
 * crash under them. Those that ask what outlives a crash of PostgreSQL start one for themselves.
 */
const SETTINGS = ['fsync=off', 'full_page_writes=off', 'max_connections=200']

/**
 * Vitest's global set-up: starts a PostgreSQL for the tests that need one, which goes when they end. It starts none when POSTGRES_URL says
 * where there is one, or when there is no program: then they look for one on this machine.
 */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.POSTGRES_URL !== undefined || withoutCluster !== undefined) return undefined
  const cluster = await PostgresCluster.start(SETTINGS)
  process.env.POSTGRES_URL = cluster.url
  return () => cluster[Symbol.asyncDispose]()
}

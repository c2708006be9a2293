import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { Connections } from '../postgres/connection.ts'
import { migrate } from '../sqlite/migrations.ts'
import { copyToSqlite } from './copy-to-sqlite.ts'

/** Milliseconds for one step of it. */
const PATIENCE = 600_000

/**
 * Writes what a database on PostgreSQL holds, of one moment, into a new file of SQLite. Nodes go on meanwhile; it has a connection of its
 * own, so that it takes none from them.
 *
 * @param path where nothing is
 */
export async function snapshotToSqlite(url: string, path: string): Promise<void> {
  const connections = new Connections({ url, connections: 1, patience: PATIENCE })
  try {
    using database = new DatabaseSync(path)
    // Whoever breaks off makes it anew: nothing of it need survive.
    database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF')
    migrate(database, randomUUID)
    await connections.snapshot((connection) => copyToSqlite(connection, database))
  } finally {
    await connections.close()
  }
}

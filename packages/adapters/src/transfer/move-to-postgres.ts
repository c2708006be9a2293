import { randomUUID } from 'node:crypto'
import { type Awaitable, StoreDamaged } from '@conversa/core'
import { type Connection, Connections } from '../postgres/connection.ts'
import { migrate } from '../postgres/migrations.ts'
import { damagedRows } from '../sqlite/damage/checksums.ts'
import { openSqliteFile } from '../sqlite/sqlite-inventory.ts'
import { type Copied, copyToPostgres, type RowCounts, TargetNotEmpty } from './copy-to-postgres.ts'

/** Milliseconds for a statement that counts or empties whole tables. */
const PATIENCE = 600_000

export interface MoveOptions {
  /** The file of an SQLite store that no server has open. Nothing is written to it. */
  readonly path: string
  /** The database on PostgreSQL, which no server uses meanwhile. */
  readonly url: string
  /** Whether what is there goes; otherwise nothing may be there. */
  readonly replaces?: boolean
  /** Hears how far it is. */
  readonly watch?: (copied: Copied) => Awaitable<void>
}

/** What came over. */
export interface Moved {
  /** The life of the data goes on: clients that come back go on from what they know. */
  readonly epoch: string
  readonly rows: RowCounts
}

/**
 * Moves all that is in the file of an SQLite store into a database on PostgreSQL: all of it, or nothing.
 *
 * @throws TargetNotEmpty; when a server has the file open, another version wrote it, or the database cannot be reached
 */
export async function moveToPostgres({ path, url, replaces = false, watch = () => {} }: MoveOptions): Promise<Moved> {
  using database = openSqliteFile(path)
  const [damaged] = damagedRows(database)
  if (damaged !== undefined) throw new StoreDamaged(damaged)
  const epoch = String(database.prepare("SELECT value FROM meta WHERE name = 'epoch'").get()?.value)
  const connections = new Connections({ url, connections: 1, patience: PATIENCE })
  try {
    await connections.use((connection) => migrate(connection, randomUUID))
    const rows = await connections.transaction(async (connection) => {
      const counts = await copyToPostgres(database, connection, { replaces, watch })
      await keepEpoch(connection, epoch)
      return counts
    })
    // Plans of the first questions would be made as for empty tables.
    await connections.use((connection) => connection.run(`ANALYZE ${Object.keys(rows).join(', ')}`))
    return { epoch, rows }
  } finally {
    await connections.close()
  }
}

/**
 * Looks whether something can be moved into a database, before the trouble is taken.
 *
 * @throws TargetNotEmpty; when it cannot be reached
 */
export async function refuseUnlessEmpty(url: string): Promise<void> {
  const connections = new Connections({ url, connections: 1, patience: PATIENCE })
  try {
    const filled = await connections.use(async (connection) => {
      await migrate(connection, randomUUID)
      return (await connection.run('SELECT EXISTS (SELECT 1 FROM services) AS filled'))[0]?.filled
    })
    if (filled) throw new TargetNotEmpty(['services'])
  } finally {
    await connections.close()
  }
}

async function keepEpoch(connection: Connection, epoch: string): Promise<void> {
  await connection.rows({ name: 'epoch', text: "UPDATE meta SET value = $1 WHERE name = 'epoch'" }, [epoch])
}

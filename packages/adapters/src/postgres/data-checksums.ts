import { Connections } from './connection.ts'

/** Milliseconds that a database has to answer. */
const PATIENCE = 5000

/**
 * Whether a cluster keeps checksums of its pages (`initdb --data-checksums`, `pg_checksums --enable`), so that it notices what a disk changed.
 *
 * @throws when the database does not answer
 */
export async function hasDataChecksums(url: string): Promise<boolean> {
  const connections = new Connections({ url, connections: 1, patience: PATIENCE })
  try {
    const [row] = await connections.use((connection) => connection.run('SHOW data_checksums'))
    return row?.data_checksums === 'on'
  } finally {
    await connections.close()
  }
}

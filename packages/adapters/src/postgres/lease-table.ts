import { LeaseLost, type Leases } from '@conversa/core'
import { type Connections, prepared, type Querier } from './connection.ts'

/** The time is that of the database, so that nodes need not agree on one. */
const HOLD = prepared(
  'lease hold',
  `INSERT INTO leases (name, holder, token, expires) VALUES ($1, $2, 1, now() + $3 * interval '1 millisecond')
   ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires,
     token = leases.token + CASE WHEN leases.holder = excluded.holder AND leases.expires > now() THEN 0 ELSE 1 END
   WHERE leases.holder = excluded.holder OR leases.expires <= now()
   RETURNING token`,
)
const RELEASE = prepared('lease release', 'UPDATE leases SET expires = now() WHERE name = $1 AND holder = $2')
/** Locked, so that nobody takes it over before the transaction has ended. */
const REQUIRE = prepared('lease require', 'SELECT 1 FROM leases WHERE name = $1 AND token = $2 FOR SHARE')

/** Leases, each a row that says who holds it and until when. */
export class LeaseTable implements Leases {
  readonly #connections: Connections
  readonly #holder: string

  /** @param holder names this node among the others */
  constructor(connections: Connections, holder: string) {
    this.#connections = connections
    this.#holder = holder
  }

  async hold(name: string, milliseconds: number): Promise<number | undefined> {
    const [row] = await this.#connections.use((connection) => connection.rows(HOLD, [name, this.#holder, milliseconds]))
    return row?.token as number | undefined
  }

  async release(name: string): Promise<void> {
    await this.#connections.use((connection) => connection.rows(RELEASE, [name, this.#holder]))
  }
}

/** @throws LeaseLost when the lease is not held under this token any more */
export async function requireLease(database: Querier, name: string, token: number): Promise<void> {
  const rows = await database.rows(REQUIRE, [name, token])
  if (rows.length === 0) throw new LeaseLost(name)
}

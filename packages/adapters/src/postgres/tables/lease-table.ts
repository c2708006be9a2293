import { LeaseLost, type Leases } from '@conversa/core'
import { type Connections, prepared, type Querier } from '../connection.ts'

/**
 * The time is that of the database, so that nodes need not agree on one; and it is that of the statement's turn, which may have waited for
 * another one's. Tokens are from one sequence: they rise also when a row was forgotten meanwhile.
 */
const HOLD = prepared(
  'lease hold',
  `INSERT INTO leases (name, holder, token, expires)
   VALUES ($1, $2, nextval('lease_tokens'), clock_timestamp() + $3 * interval '1 millisecond')
   ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires,
     token = CASE WHEN leases.holder = excluded.holder AND leases.expires > clock_timestamp() THEN leases.token
       ELSE nextval('lease_tokens') END
   WHERE leases.holder = excluded.holder OR leases.expires <= clock_timestamp()
   RETURNING token`,
)
const RELEASE = prepared('lease release', 'UPDATE leases SET expires = clock_timestamp() WHERE name = $1 AND holder = $2')
/** One that is taken at this moment is locked by its taker, and looked at again when it is not any more. */
const SWEEP = prepared(
  'lease sweep',
  "DELETE FROM leases WHERE expires <= clock_timestamp() - $1 * interval '1 millisecond' RETURNING 1",
)
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

  async sweep(milliseconds: number): Promise<number> {
    return (await this.#connections.use((connection) => connection.rows(SWEEP, [milliseconds]))).length
  }
}

/** @throws LeaseLost when the lease is not held under this token any more */
export async function requireLease(database: Querier, name: string, token: number): Promise<void> {
  const rows = await database.rows(REQUIRE, [name, token])
  if (rows.length === 0) throw new LeaseLost(name)
}

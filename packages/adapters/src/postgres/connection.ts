import pg from 'pg'
import type { Row } from '../rows/row.ts'
import { isOutage } from './failures.ts'

/** A statement that a connection prepares when it is first used there. */
export interface Statement {
  /** Without one the database plans it each time. */
  readonly name?: string
  readonly text: string
}

/** Names a statement. A name is used once. */
export function prepared(name: string, text: string): Statement {
  return { name, text }
}

/**
 * A statement that reads many rows of two tables. A plan that the database made and kept while they were nearly empty compares each row of
 * the one with each of the other when they are full: seconds for 5,000 memberships, in place of milliseconds and one for a plan.
 */
export function plannedAnew(text: string): Statement {
  return { text }
}

/** Asks the database. Statements go out at once and are answered in their order: whoever waits for none of them waits once. */
export interface Querier {
  rows(statement: Statement, values: readonly unknown[]): Promise<Row[]>
}

/** A connection that somebody has for themselves. */
export interface Connection extends Querier {
  /** Runs a text as it is, which may have several statements. */
  run(text: string): Promise<Row[]>
}

/** PostgreSQL's number for `bigint`. */
const BIGINT = 20

/** Dates, counts and revisions stay below 2^53, so they come as numbers. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === BIGINT ? Number : pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
}

/** How many connections, and how long anything may take. */
export interface PoolOptions {
  readonly url: string
  readonly connections: number
  /** Milliseconds until a connection or an answer that does not come is given up. */
  readonly patience: number
}

/** `off` and `local` would acknowledge what can be lost (G1); stronger settings stay. */
const BEGIN_SESSION = `SELECT set_config('synchronous_commit', 'on', false)
  WHERE current_setting('synchronous_commit') IN ('off', 'local')`

/** Connections to one database, as many as there may be. */
export class Connections {
  readonly #pool: pg.Pool

  constructor({ url, connections, patience }: PoolOptions) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: connections,
      pipeline: true,
      types,
      application_name: 'conversa',
      connectionTimeoutMillis: patience,
      query_timeout: patience,
      // What a node left behind that died or was cut off holds nobody up for longer.
      idle_in_transaction_session_timeout: 2 * patience,
      keepAlive: true,
      onConnect: async (client) => {
        // What breaks under way is told to whoever waits for an answer.
        client.on('error', () => {})
        await client.query(BEGIN_SESSION)
      },
    })
    // A connection that breaks while nobody has it is replaced when somebody wants one.
    this.#pool.on('error', () => {})
  }

  /**
   * Lends a connection. When the work throws, what it began is undone.
   *
   * @throws what the work threw, or why there is no connection
   */
  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    try {
      const value = await work(new ClientConnection(client))
      client.release()
      return value
    } catch (error) {
      await undo(client, error)
      throw error
    }
  }

  /** Lends a connection for one transaction, which is committed when this settles. */
  transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.use(async (connection) => {
      const [, value] = await Promise.all([connection.run('BEGIN'), work(connection)])
      await connection.run('COMMIT')
      return value
    })
  }

  /** Lends a connection for reads of one committed state. */
  snapshot<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.use(async (connection) => {
      const begun = connection.run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      const [, value] = await Promise.all([begun, work(connection)])
      // Nothing is written: whether it ends well is of no interest to who has the answer.
      connection.run('COMMIT').catch(() => {})
      return value
    })
  }

  /** Closes them, after what is under way. */
  close(): Promise<void> {
    return this.#pool.end()
  }
}

/**
 * A connection that cannot even undo is closed, and the server undoes what was begun on it. One that did not answer is not asked to:
 * nobody would learn of the failure before that, too, was given up.
 */
async function undo(client: pg.PoolClient, failure: unknown): Promise<void> {
  if (isOutage(failure)) return client.release(failure as Error)
  try {
    await client.query('ROLLBACK')
    client.release()
  } catch (error) {
    client.release(error as Error)
  }
}

class ClientConnection implements Connection {
  readonly #client: pg.PoolClient

  constructor(client: pg.PoolClient) {
    this.#client = client
  }

  async rows({ name, text }: Statement, values: readonly unknown[]): Promise<Row[]> {
    return (await this.#client.query({ ...(name !== undefined && { name }), text, values: values as unknown[] })).rows
  }

  async run(text: string): Promise<Row[]> {
    return (await this.#client.query(text)).rows ?? []
  }
}

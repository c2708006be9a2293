import pg from 'pg'

/** Where tests find PostgreSQL. */
const SERVER = process.env.POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/test'

/** Why tests that need PostgreSQL cannot run; undefined when they can. */
export const withoutPostgres: string | undefined = await reasonToSkip()

async function reasonToSkip(): Promise<string | undefined> {
  try {
    await withClient(SERVER, (client) => client.query('SELECT 1'))
    return undefined
  } catch (error) {
    if (process.env.CI) throw error
    return `PostgreSQL does not answer at ${SERVER} (POSTGRES_URL says where it is): ${(error as Error).message}`
  }
}

/** A schema of its own, for one test. */
export interface TestSchema {
  readonly url: string
  /** Runs statements beside the store. */
  run(text: string): Promise<pg.QueryResult>
  /** Gives it back, for another test. */
  free(): Promise<void>
  drop(): Promise<void>
}

/** A schema that was made here, with a connection that is kept: a new one takes longer than to empty all tables. */
interface Made {
  readonly name: string
  readonly url: string
  readonly client: pg.Client
}

let count = 0
const made = new Set<Made>()
const free: Made[] = []

/** An empty schema. Those that are given back are emptied and used again: to make their tables takes much longer. */
export async function testSchema(): Promise<TestSchema> {
  const schema = free.pop() ?? (await makeSchema())
  const { url, client } = schema
  return {
    url,
    run: (text) => client.query(text),
    async free() {
      await client.query(EMPTY)
      free.push(schema)
    },
    drop: () => dropSchema(schema),
  }
}

const EMPTY = `DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'meta' LOOP
    EXECUTE format('DELETE FROM %I', name);
  END LOOP; END $$`

async function makeSchema(): Promise<Made> {
  const name = `conversa_test_${process.pid}_${Date.now().toString(36)}_${++count}`
  const url = new URL(SERVER)
  url.searchParams.set('options', `-c search_path=${name}`)
  const client = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 5000 })
  // Tests crash the database: a connection that they broke is no failure of their own.
  client.on('error', () => {})
  await client.connect()
  await client.query(`CREATE SCHEMA ${name}`)
  const schema = { name, url: url.href, client }
  made.add(schema)
  return schema
}

/** Removes every schema that was made here and is still there. */
export async function dropTestSchemas(): Promise<void> {
  free.length = 0
  for (const schema of made) await dropSchema(schema)
}

async function dropSchema(schema: Made): Promise<void> {
  if (!made.delete(schema)) return
  const { name, client } = schema
  await client.query(`SET client_min_messages = error; DROP SCHEMA IF EXISTS ${name} CASCADE`)
  await client.end()
}

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

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

let made = 0
const schemas: string[] = []
const free: string[] = []

/** An empty schema. Those that are given back are emptied and used again: to make their tables takes much longer. */
export async function testSchema(): Promise<TestSchema> {
  const name = free.pop() ?? (await makeSchema())
  const url = new URL(SERVER)
  url.searchParams.set('options', `-c search_path=${name}`)
  const run = (text: string) => withClient(url.href, (client) => client.query(text))
  return {
    url: url.href,
    run,
    async free() {
      await run(EMPTY)
      free.push(name)
    },
    drop: () => dropSchema(name),
  }
}

const EMPTY = `DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'meta' LOOP
    EXECUTE format('DELETE FROM %I', name);
  END LOOP; END $$`

async function makeSchema(): Promise<string> {
  const name = `conversa_test_${process.pid}_${Date.now().toString(36)}_${++made}`
  await withClient(SERVER, (client) => client.query(`CREATE SCHEMA ${name}`))
  schemas.push(name)
  return name
}

/** Removes every schema that was made here. */
export async function dropTestSchemas(): Promise<void> {
  free.length = 0
  for (const name of schemas.splice(0)) await dropSchema(name)
}

async function dropSchema(name: string): Promise<void> {
  const drop = `SET client_min_messages = error; DROP SCHEMA IF EXISTS ${name} CASCADE`
  await withClient(SERVER, (client) => client.query(drop))
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

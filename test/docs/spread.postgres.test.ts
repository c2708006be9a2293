import { readFileSync } from 'node:fs'
import { openPostgresStore } from '@conversa/adapters/postgres'
import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { expect, onTestFinished, test } from 'vitest'

/*
 * The page says by which column each table can be spread over servers. Citus takes such a column only when every primary key and every
 * unique index of the table holds it.
 */

const PAGE = new URL('../../docs/postgresql.md', import.meta.url)

/** What the page says: the column of each table, undefined where it is not spread. */
function saidOfTables(): Map<string, string | undefined> {
  const [, ...lines] = (readFileSync(PAGE, 'utf8').split('| spread by | tables |')[1] ?? '').split('\n')
  const said = new Map<string, string | undefined>()
  for (const line of lines.slice(1, lines.indexOf(''))) {
    const [, by = '', tables = ''] = line.split('|')
    const [column, other, table] = [...by.matchAll(/`(\w+)`/g)].map(([, name]) => name)
    for (const [, name = ''] of tables.matchAll(/`(\w+)`/g)) said.set(name, name === table ? other : column)
  }
  return said
}

withPostgres(() => {
  test('every key of a table holds the column that the page spreads it by, and the page names every table', async () => {
    const { url, free, run } = await testSchema()
    onTestFinished(free)
    await (await openPostgresStore({ url, connections: 1 })).close()
    const { rows: keys } = await run(
      `SELECT t.relname AS table, i.relname AS name, array_agg(a.attname::text) AS columns
       FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (x.indkey)
       WHERE x.indisunique AND t.relnamespace = current_schema()::regnamespace GROUP BY 1, 2`,
    )
    const { rows: tables } = await run('SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()')
    const said = saidOfTables()
    expect([...said.keys()].sort()).toEqual(tables.map(({ name }) => name).sort())
    const spread = keys.filter(({ table }) => said.get(table) !== undefined)
    expect(spread.length).toBeGreaterThan(10)
    expect(spread.filter(({ table, columns }) => !columns.includes(said.get(table)))).toEqual([])
  })
})

import type { Store } from '@conversa/core'
import pg from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { testSchema } from '../testing/postgres-database.ts'
import { withPostgres } from '../testing/postgres-suite.ts'
import { openPostgresStore } from './postgres-store.ts'

const conversation = (number: number) => `CH${number.toString(16).padStart(32, '0')}`

async function opened(): Promise<{ readonly store: Store; readonly url: string }> {
  const { url, free } = await testSchema()
  onTestFinished(free)
  const store = await openPostgresStore({ url, connections: 2 })
  onTestFinished(() => store.close())
  return { store, url }
}

/** A transaction of somebody else, on a connection of its own. */
async function begin(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  onTestFinished(() => client.end())
  await client.query('BEGIN')
  return client
}

const notice = (client: pg.Client, number: number) =>
  client.query("INSERT INTO notices (about, revision) VALUES ('conversation ' || $1, $2)", [conversation(number), number])

withPostgres(() =>
  describe('the feed of notices', () => {
    test('passes nothing over, whatever is committed in which order', async () => {
      const { store, url } = await opened()
      const seen: number[] = []
      const look = async () => {
        for (const one of (await store.feed?.poll()) ?? []) if (one.about === 'conversation') seen.push(one.revision)
        return [...seen].sort()
      }
      const [early, late] = [await begin(url), await begin(url)]
      await notice(early, 1)
      await notice(late, 2)
      await late.query('COMMIT')
      // The other one is still under way, and began earlier.
      await look()
      expect(seen).toEqual([])
      await early.query('COMMIT')
      await expect.poll(look, { timeout: 20_000 }).toEqual([1, 2])
      await look()
      expect(seen).toHaveLength(2)
    })

    test('does not tell what was undone', async () => {
      const { store, url } = await opened()
      const [undone, done] = [await begin(url), await begin(url)]
      await notice(undone, 1)
      await undone.query('ROLLBACK')
      await notice(done, 2)
      await done.query('COMMIT')
      const seen: unknown[] = []
      const look = async () => {
        seen.push(...((await store.feed?.poll()) ?? []))
        return seen
      }
      await expect
        .poll(look, { timeout: 20_000 })
        .toEqual([{ about: 'conversation', conversationSid: conversation(2), revision: 2 }])
    })
  }),
)

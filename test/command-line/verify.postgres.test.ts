import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { expect, onTestFinished, test } from 'vitest'
import { dataFolder } from '../end-to-end/data-folder.ts'
import { call } from './call.ts'
import { fillAtRandom } from './filled-store.ts'

/** What is broken, by a statement, and the kind of finding that says so. */
const BREAKS: readonly [what: string, statement: string, kind: string][] = [
  ['a count of messages', 'UPDATE conversations SET messages_count = messages_count + 1', 'counter'],
  ['the next index', 'UPDATE conversations SET next_index = next_index + 1', 'counter'],
  ['a lost message', 'DELETE FROM messages WHERE idx = 0', 'index'],
  ['a lost tombstone', 'UPDATE messages SET removed = false WHERE removed', 'counter'],
  ['a horizon beyond the end', 'UPDATE participants SET last_read_message_index = 9999', 'unread'],
  ['a hole in the log', 'DELETE FROM conversation_events WHERE revision = 3', 'revision'],
  ['a hole in a user’s log', 'UPDATE users SET revision = revision + 3', 'revision'],
  ['a participant of nobody', "DELETE FROM users WHERE identity = 'anna'", 'reference'],
  ['a role that is gone', "DELETE FROM roles WHERE type = 'conversation'", 'reference'],
  ['a conversation that is gone', 'DELETE FROM conversations', 'orphan'],
  ['a name of another conversation', "UPDATE conversation_names SET unique_name = unique_name || ' 2'", 'lookup'],
  ['a message counted as delivered', `UPDATE messages SET delivery = replace(delivery, '"read":0', '"read":1')`, 'receipts'],
  ['a file of no message', "UPDATE media SET idx = 999 WHERE state = 'sent'", 'media'],
  ['a file of another size', 'UPDATE media SET size = 7777', 'media'],
]

withPostgres(() => {
  test('conversa verify finds nothing in what a server kept on PostgreSQL, and every fault that is made in it', async () => {
    const folder = await dataFolder()
    onTestFinished(() => folder[Symbol.asyncDispose]())
    await fillAtRandom(folder.path, 8, 300)
    /** What is found when the same has come over, and something was done to it. */
    const verified = async (statement?: string) => {
      const { url, free, run } = await testSchema()
      onTestFinished(free)
      const env = { CONVERSA_DATA: folder.path, CONVERSA_DATABASE_URL: url }
      expect((await call(['migrate'], env)).code).toBe(0)
      if (statement) await run(statement)
      const { code, stdout } = await call(['verify', '--json'], env)
      return { code, ...(JSON.parse(stdout) as { findings: { kind: string }[]; looked: { messages: number } }) }
    }
    for (const [what, statement, kind] of BREAKS) {
      const { code, findings } = await verified(statement)
      expect({ code, kinds: findings.map((finding) => finding.kind) }, what).toEqual({
        code: 1,
        kinds: expect.arrayContaining([kind]),
      })
    }
    expect(await verified()).toMatchObject({ code: 0, findings: [], looked: { messages: expect.any(Number) } })
  })
})

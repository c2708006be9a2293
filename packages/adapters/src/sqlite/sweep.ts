import type { StatementSync } from 'node:sqlite'
import type { Statements } from './statements.ts'

/** Rows of a removed conversation that go in one step, so that a big one never holds up the others. */
const STEP = 500

/**
 * One step of sweeping up after removed conversations.
 *
 * @returns runs it, within a commit, and says whether there was something to do
 */
export function sweepStep(database: Statements): () => boolean {
  const next = database.select('SELECT * FROM sweeps LIMIT 1', { sweeps: '' })
  const done = database.prepare('DELETE FROM sweeps WHERE conversation_id = ?')
  const step = (table: string, key: string) =>
    database.prepare(
      `DELETE FROM ${table} WHERE (conversation_id, ${key}) IN
       (SELECT conversation_id, ${key} FROM ${table} WHERE conversation_id = ? LIMIT ${STEP})`,
    )
  // Files are removed by whoever keeps them; here their rows are marked for it.
  const free = database.prepare(
    `UPDATE media SET state = 'removed', key = NULL, conversation_id = NULL, idx = NULL
     WHERE id IN (SELECT id FROM media WHERE conversation_id = ? LIMIT ${STEP})`,
  )
  const steps: readonly StatementSync[] = [
    step('messages', 'idx'),
    step('receipts', 'idx'),
    step('conversation_events', 'revision'),
    step('participants', 'sid'),
    free,
  ]
  return () => {
    const id = next.get()?.conversation_id
    if (id === undefined) return false
    const deleted = steps.reduce((sum, statement) => sum + Number(statement.run(Number(id)).changes), 0)
    if (deleted === 0) done.run(Number(id))
    return true
  }
}

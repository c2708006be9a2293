import { prepared, type Querier } from './connection.ts'
import { table } from './tables/table.ts'

/** Conversations that were removed and whose messages, receipts, events and files still have rows. */
export const SWEEPS = table('sweeps', ['conversation_sid'], ['conversation_sid'])

/** Rows of a removed conversation that go in one step, so that a big one never holds up the others. */
const STEP = 500

/** What another node sweeps at this moment is left to it. */
const NEXT = prepared('sweeps next', 'SELECT conversation_sid FROM sweeps LIMIT 1 FOR UPDATE SKIP LOCKED')
const DONE = prepared('sweeps done', 'DELETE FROM sweeps WHERE conversation_sid = $1')

const step = (name: string, key: string) =>
  prepared(
    `${name} sweep`,
    `DELETE FROM ${name} WHERE (conversation_sid, ${key}) IN
     (SELECT conversation_sid, ${key} FROM ${name} WHERE conversation_sid = $1 LIMIT ${STEP}) RETURNING 1`,
  )

const STEPS = [
  step('messages', 'idx'),
  step('receipts', 'idx'),
  step('conversation_events', 'revision'),
  // Files are removed by whoever keeps them; here their rows are marked for it.
  prepared(
    'media sweep',
    `UPDATE media SET state = 'removed', key = NULL, conversation_sid = NULL, idx = NULL
     WHERE sid IN (SELECT sid FROM media WHERE conversation_sid = $1 LIMIT ${STEP}) RETURNING 1`,
  ),
]

/** One step of sweeping up after removed conversations, within a transaction. @returns whether there was something to do */
export async function sweepStep(database: Querier): Promise<boolean> {
  const [row] = await database.rows(NEXT, [])
  if (!row) return false
  const sid = row.conversation_sid
  const deleted = await Promise.all(STEPS.map((statement) => database.rows(statement, [sid])))
  if (deleted.every((rows) => rows.length === 0)) await database.rows(DONE, [sid])
  return true
}

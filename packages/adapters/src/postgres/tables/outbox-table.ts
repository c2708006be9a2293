import type { OutboxCounts, OutboxDraft, OutboxEntry, OutboxKind, OutboxQueue } from '@conversa/core'
import { toEntry, toQueue } from '../../rows/outbox-row.ts'
import { prepared, type Querier } from '../connection.ts'
import { table } from './table.ts'

/** The database numbers entries. */
export const OUTBOX = table(
  'outbox',
  ['kind', 'destination', 'subject', 'event_id', 'account_sid', 'payload', 'date_created', 'attempts', 'due', 'dead'],
  ['id'],
)

const SELECT = `SELECT id, ${OUTBOX.columns} FROM outbox`
const QUEUES = prepared('outbox queues', 'SELECT DISTINCT kind, destination, subject FROM outbox WHERE NOT dead')
const WAITING = prepared(
  'outbox waiting',
  `${SELECT} WHERE NOT dead AND kind = $1 AND destination = $2 AND subject = $3 ORDER BY id LIMIT $4`,
)
const DEAD = prepared('outbox dead', `${SELECT} WHERE dead AND id > $1 ORDER BY id LIMIT $2`)
const COUNTS = prepared(
  'outbox counts',
  'SELECT count(*) FILTER (WHERE NOT dead) AS waiting, count(*) FILTER (WHERE dead) AS dead FROM outbox WHERE kind = $1',
)
export const SAVE_ENTRY = prepared('outbox save', 'UPDATE outbox SET attempts = $2, due = $3, dead = $4 WHERE id = $1')
export const REMOVE_ENTRY = prepared('outbox remove', 'DELETE FROM outbox WHERE id = $1')

/** Reads what is to leave the server, and what was given up. */
export const outboxTable = {
  async queues(database: Querier): Promise<OutboxQueue[]> {
    return (await database.rows(QUEUES, [])).map(toQueue)
  },

  async waiting(database: Querier, { kind, destination, subject }: OutboxQueue, limit: number): Promise<OutboxEntry[]> {
    return (await database.rows(WAITING, [kind, destination, subject, limit])).map(toEntry)
  },

  async dead(database: Querier, after: number, limit: number): Promise<OutboxEntry[]> {
    return (await database.rows(DEAD, [after, limit])).map(toEntry)
  },

  async counts(database: Querier, kind: OutboxKind): Promise<OutboxCounts> {
    const [row] = await database.rows(COUNTS, [kind])
    return { waiting: row?.waiting as number, dead: row?.dead as number }
  },
}

export function outboxRow({
  kind,
  destination,
  subject,
  eventId,
  accountSid,
  payload,
  dateCreated,
  due = 0,
}: OutboxDraft): object {
  const queue = { kind, destination, subject, event_id: eventId, account_sid: accountSid }
  return { ...queue, payload: JSON.stringify(payload), date_created: dateCreated, attempts: 0, due, dead: false }
}

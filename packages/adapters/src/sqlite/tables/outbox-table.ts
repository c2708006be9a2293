import type { StatementSync } from 'node:sqlite'
import type { OutboxCounts, OutboxDraft, OutboxEntry, OutboxKind, OutboxQueue, Tx } from '@conversa/core'
import { toEntry, toQueue } from '../../rows/outbox-row.ts'
import type { Select, Statements } from '../statements.ts'

/** What is to leave the server, and what was given up. */
export class OutboxTable {
  readonly #queues: StatementSync
  readonly #waiting: Select
  readonly #dead: Select
  readonly #counts: StatementSync
  readonly #add: StatementSync
  readonly #save: StatementSync
  readonly #remove: StatementSync

  constructor(database: Statements) {
    this.#queues = database.prepare('SELECT DISTINCT kind, destination, subject FROM outbox WHERE dead = 0')
    this.#waiting = database.select(
      'SELECT * FROM outbox WHERE dead = 0 AND kind = ? AND destination = ? AND subject = ? ORDER BY id LIMIT +?',
      { outbox: '' },
    )
    this.#dead = database.select('SELECT * FROM outbox WHERE dead = 1 AND id > ? ORDER BY id LIMIT +?', { outbox: '' })
    this.#counts = database.prepare('SELECT COUNT(*) - TOTAL(dead) AS waiting, TOTAL(dead) AS dead FROM outbox WHERE kind = ?')
    this.#add = database.prepare(
      `INSERT INTO outbox (kind, destination, subject, event_id, account_sid, payload, date_created, attempts, due, dead)
       VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, 0)`,
    )
    this.#save = database.prepare('UPDATE outbox SET attempts = ?, due = ?, dead = ? WHERE id = ?')
    this.#remove = database.prepare('DELETE FROM outbox WHERE id = ?')
  }

  queues(): OutboxQueue[] {
    return this.#queues.all().map(toQueue)
  }

  waiting({ kind, destination, subject }: OutboxQueue, limit: number): OutboxEntry[] {
    return this.#waiting.all(kind, destination, subject, limit).map(toEntry)
  }

  dead(after: number, limit: number): OutboxEntry[] {
    return this.#dead.all(after, limit).map(toEntry)
  }

  counts(kind: OutboxKind): OutboxCounts {
    return this.#counts.get(kind) as unknown as OutboxCounts
  }

  add({ kind, destination, subject, eventId, accountSid, payload, dateCreated, due = 0 }: OutboxDraft): void {
    this.#add.run(kind, destination, subject, eventId, accountSid, JSON.stringify(payload), dateCreated, due)
  }

  save({ id, attempts, due, dead }: Parameters<Tx['saveEntry']>[0]): void {
    this.#save.run(attempts, due, dead ? 1 : 0, id)
  }

  remove(id: number): void {
    this.#remove.run(id)
  }
}

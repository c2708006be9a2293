import type { OutboxEntry, OutboxKind, OutboxQueue } from '@conversa/core'
import { isTrue, type Row } from './row.ts'

/** What entries wait in. */
export function toQueue(row: Row): OutboxQueue {
  return { kind: row.kind as OutboxKind, destination: row.destination as string, subject: row.subject as string }
}

/** What is to leave the server. */
export function toEntry(row: Row): OutboxEntry {
  return {
    ...toQueue(row),
    id: row.id as number,
    eventId: row.event_id as string,
    accountSid: row.account_sid as string,
    payload: JSON.parse(row.payload as string),
    dateCreated: row.date_created as number,
    attempts: row.attempts as number,
    due: row.due as number,
    dead: isTrue(row.dead),
  } as OutboxEntry
}

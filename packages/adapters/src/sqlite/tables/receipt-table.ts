import type { StatementSync } from 'node:sqlite'
import type { ReceiptRecord } from '@conversa/core'
import { toReceipt } from '../../rows/receipt-row.ts'
import type { Select, Statements } from '../statements.ts'

/** How far messages have come on their way to participants outside of the app. */
export class ReceiptTable {
  readonly #ofMessage: Select
  readonly #called: Select
  readonly #upsert: StatementSync
  readonly #remove: StatementSync

  constructor(database: Statements) {
    const select = (which: string) => database.select(`SELECT * FROM receipts WHERE ${which}`, { receipts: '' })
    this.#ofMessage = select('conversation_id = ? AND idx = ? ORDER BY sid')
    this.#called = select('channel_message_sid = ?')
    this.#upsert = database.prepare(
      `INSERT INTO receipts (conversation_id, idx, participant_sid, sid, channel_message_sid, status, error_code, date_created,
         date_updated)
       VALUES (${'?, '.repeat(8)}?)
       ON CONFLICT (conversation_id, idx, participant_sid) DO UPDATE SET channel_message_sid = excluded.channel_message_sid,
         status = excluded.status, error_code = excluded.error_code, date_updated = excluded.date_updated`,
    )
    this.#remove = database.prepare('DELETE FROM receipts WHERE conversation_id = ? AND idx = ?')
  }

  ofMessage(conversationId: number, conversationSid: string, index: number): ReceiptRecord[] {
    return this.#ofMessage.all(conversationId, index).map((row) => toReceipt(row, conversationSid, index))
  }

  /** Those of conversations that are removed are still there for a while. */
  called(channelMessageSid: string, conversationSidOf: (id: number) => string | undefined): ReceiptRecord | undefined {
    for (const row of this.#called.all(channelMessageSid)) {
      const conversationSid = conversationSidOf(row.conversation_id as number)
      if (conversationSid !== undefined) return toReceipt(row, conversationSid, row.idx as number)
    }
    return undefined
  }

  save(conversationId: number, record: ReceiptRecord): void {
    const { index, participantSid, sid, channelMessageSid, status, errorCode, dateCreated, dateUpdated } = record
    const place = [conversationId, index, participantSid]
    this.#upsert.run(...place, sid, channelMessageSid, status, errorCode, dateCreated, dateUpdated)
  }

  remove(conversationId: number, index: number): void {
    this.#remove.run(conversationId, index)
  }
}

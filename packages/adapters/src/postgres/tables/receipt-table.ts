import type { ReceiptRecord } from '@conversa/core'
import { toReceipt } from '../../rows/receipt-row.ts'
import { prepared, type Querier } from '../connection.ts'
import { table } from './table.ts'

export const RECEIPTS = table(
  'receipts',
  [
    'conversation_sid',
    'idx',
    'participant_sid',
    'sid',
    'channel_message_sid',
    'status',
    'error_code',
    'date_created',
    'date_updated',
  ],
  ['conversation_sid', 'idx', 'participant_sid'],
)

const OF_MESSAGE = prepared(
  'receipts of message',
  `SELECT ${RECEIPTS.columns} FROM receipts WHERE conversation_sid = $1 AND idx = $2
   AND EXISTS (SELECT 1 FROM conversations WHERE sid = $1) ORDER BY sid`,
)
const CALLED = prepared(
  'receipt called',
  `SELECT ${RECEIPTS.columns} FROM receipts r WHERE channel_message_sid = $1
   AND EXISTS (SELECT 1 FROM conversations c WHERE c.sid = r.conversation_sid) LIMIT 1`,
)
export const REMOVE_RECEIPTS = prepared(
  'receipts of message remove',
  'DELETE FROM receipts WHERE conversation_sid = $1 AND idx = $2',
)

/** Reads how far messages have come on their way to participants outside of the app. */
export const receiptTable = {
  async ofMessage(database: Querier, conversationSid: string, index: number): Promise<ReceiptRecord[]> {
    return (await database.rows(OF_MESSAGE, [conversationSid, index])).map((row) => toReceipt(row, conversationSid, index))
  },

  async called(database: Querier, channelMessageSid: string): Promise<ReceiptRecord | undefined> {
    const [row] = await database.rows(CALLED, [channelMessageSid])
    return row && toReceipt(row, row.conversation_sid as string, row.idx as number)
  },
}

export function receiptRow(record: ReceiptRecord): object {
  return {
    conversation_sid: record.conversationSid,
    idx: record.index,
    participant_sid: record.participantSid,
    sid: record.sid,
    channel_message_sid: record.channelMessageSid,
    status: record.status,
    error_code: record.errorCode,
    date_created: record.dateCreated,
    date_updated: record.dateUpdated,
  }
}

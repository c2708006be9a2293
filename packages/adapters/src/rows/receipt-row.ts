import type { ReceiptRecord } from '@conversa/core'
import type { Row } from './row.ts'

/** How far a message came on its way to somebody. */
export function toReceipt(row: Row, conversationSid: string, index: number): ReceiptRecord {
  return {
    sid: row.sid as string,
    conversationSid,
    index,
    participantSid: row.participant_sid as string,
    channelMessageSid: row.channel_message_sid as string,
    status: row.status as ReceiptRecord['status'],
    errorCode: row.error_code as number | null,
    dateCreated: row.date_created as number,
    dateUpdated: row.date_updated as number,
  }
}

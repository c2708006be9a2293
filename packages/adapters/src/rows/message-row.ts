import { type MessageRecord, messageSid } from '@conversa/core'
import { isTrue, type Row } from './row.ts'

/** A message or its tombstone. */
export function toMessage(row: Row, conversationSid: string): MessageRecord {
  const index = row.idx as number
  return {
    conversationSid,
    sid: (row.sid as string | null) ?? messageSid(conversationSid, index),
    index,
    revision: row.revision as number,
    author: row.author as string,
    participantSid: row.participant_sid as string | null,
    body: row.body as string | null,
    attributes: row.attributes as string,
    lastUpdatedBy: row.last_updated_by as string | null,
    dateCreated: row.date_created as number,
    dateUpdated: row.date_updated as number,
    delivery: row.delivery === null ? null : JSON.parse(row.delivery as string),
    key: row.key as string | null,
    removed: isTrue(row.removed),
    subject: row.subject as string | null,
    content: row.content === null ? null : JSON.parse(row.content as string),
    media: row.media === null ? [] : JSON.parse(row.media as string),
  }
}

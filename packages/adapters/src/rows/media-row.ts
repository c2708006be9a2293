import type { MediaRecord } from '@conversa/core'
import type { Row } from './row.ts'

/** A file. @param isOrphan whether its message is gone: then it is removed too */
export function toMedia(row: Row, isOrphan: boolean): MediaRecord {
  const conversationSid = isOrphan ? null : (row.conversation_sid as string | null)
  return {
    sid: row.sid as string,
    serviceSid: row.service_sid as string,
    owner: row.owner as string,
    state: isOrphan ? 'removed' : (row.state as MediaRecord['state']),
    size: row.size as number,
    contentType: row.content_type as string,
    filename: row.filename as string | null,
    category: row.category as MediaRecord['category'],
    digest: row.digest as string,
    key: isOrphan ? null : (row.key as string | null),
    dateCreated: row.date_created as number,
    message: conversationSid === null ? null : { conversationSid, index: row.idx as number },
  }
}

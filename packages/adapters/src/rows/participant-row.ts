import type { BindingRecord, MembershipRow, ParticipantRecord } from '@conversa/core'
import { toConversation } from './conversation-row.ts'
import type { Row } from './row.ts'

/** A participant from a row whose columns are named with `p_`. */
export function toParticipant(row: Row, conversationSid: string): ParticipantRecord {
  return {
    sid: row.p_sid as string,
    conversationSid,
    identity: row.p_identity as string | null,
    binding: toBinding(row),
    projectedAddress: row.p_projected_address as string | null,
    thread: row.p_thread === null ? null : JSON.parse(row.p_thread as string),
    roleSid: row.p_role_sid as string | null,
    attributes: row.p_attributes as string,
    notificationLevel: row.p_notification_level as ParticipantRecord['notificationLevel'],
    lastReadMessageIndex: row.p_last_read_message_index as number | null,
    lastReadTimestamp: row.p_last_read_timestamp as number | null,
    dateCreated: row.p_date_created as number,
    dateUpdated: row.p_date_updated as number,
  }
}

/** A participant with their conversation, from a row that has the columns of both tables. */
export function toMembership(row: Row): MembershipRow {
  const conversation = toConversation(row)
  return { conversation, participant: toParticipant(row, conversation.sid) }
}

function toBinding(row: Row): BindingRecord | null {
  if (row.p_address === null) return null
  return {
    address: row.p_address as string,
    proxyAddress: row.p_proxy_address as string | null,
    name: row.p_display_name as string | null,
    level: row.p_email_level as BindingRecord['level'],
  }
}

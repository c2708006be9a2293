import type { ConversationRecord } from '@conversa/core'
import type { Row } from './row.ts'

/** A conversation from a row that has all columns of the table. */
export function toConversation(row: Row): ConversationRecord {
  return {
    sid: row.sid as string,
    serviceSid: row.service_sid as string,
    uniqueName: row.unique_name as string | null,
    friendlyName: row.friendly_name as string | null,
    attributes: row.attributes as string,
    createdBy: row.created_by as string,
    state: row.state as ConversationRecord['state'],
    stateUpdated: row.state_updated as number,
    timers: toTimers(row),
    dateCreated: row.date_created as number,
    dateUpdated: row.date_updated as number,
    revision: row.revision as number,
    nextIndex: row.next_index as number,
    messagesCount: row.messages_count as number,
    participantsCount: row.participants_count as number,
    nonChatCount: row.non_chat_count as number,
    lastMessage:
      row.last_message_index === null
        ? null
        : { index: row.last_message_index as number, dateCreated: row.last_message_date as number },
    messagingServiceSid: row.messaging_service_sid as string | null,
    email: row.email_address === null ? null : { address: row.email_address as string, name: row.email_name as string | null },
    activity: row.activity as number,
  }
}

function toTimers(row: Row): ConversationRecord['timers'] {
  if (row.timers_since === null) return null
  const { timer_inactive, timer_closed, timers_since } = row
  return { inactive: timer_inactive as number | null, closed: timer_closed as number | null, since: timers_since as number }
}

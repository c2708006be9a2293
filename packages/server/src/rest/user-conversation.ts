import { INQUIRIES, type Membership, type Participation, type ParticipationCursor } from '@conversa/core'
import { Type } from 'typebox'
import { showTimers } from './conversation.ts'
import { given, text, word } from './fields.ts'
import { deleting, fetching, listing, writing } from './operation.ts'
import { type SidCursor, sidCursor } from './paging.ts'
import { givenHorizon, HORIZON_FIELDS, showBinding } from './participant.ts'
import { iso, type Place } from './place.ts'

const UPDATE = Type.Object({
  NotificationLevel: word(['default', 'muted'], { 'x-error': 'notification-level-invalid' }),
  ...HORIZON_FIELDS,
})

const linksOf = ({ conversation, participant }: Pick<Membership, 'conversation' | 'participant'>, place: Place) => {
  const url = place.url(`/Conversations/${conversation.sid}`)
  return { participant: `${url}/Participants/${participant.sid}`, conversation: url }
}

/** A conversation as one of its users has it. */
function showUserConversation(membership: Membership, place: Place): object {
  const { user, conversation, participant, unread } = membership
  return {
    account_sid: place.accountSid,
    chat_service_sid: conversation.serviceSid,
    conversation_sid: conversation.sid,
    participant_sid: participant.sid,
    user_sid: user.sid,
    friendly_name: conversation.friendlyName,
    unique_name: conversation.uniqueName,
    attributes: conversation.attributes,
    conversation_state: conversation.state,
    timers: showTimers(conversation),
    created_by: conversation.createdBy,
    notification_level: participant.notificationLevel,
    unread_messages_count: unread,
    last_read_message_index: participant.lastReadMessageIndex,
    date_created: iso(conversation.dateCreated),
    date_updated: iso(conversation.dateUpdated),
    url: place.url(`/Users/${user.sid}/Conversations/${conversation.sid}`),
    links: linksOf(membership, place),
  }
}

/** The same from the side of the participant. */
function showParticipantConversation(participation: Participation, place: Place): object {
  const { user, conversation, participant } = participation
  return {
    account_sid: place.accountSid,
    chat_service_sid: conversation.serviceSid,
    participant_sid: participant.sid,
    participant_user_sid: user?.sid ?? null,
    participant_identity: participant.identity,
    participant_messaging_binding: showBinding(participant),
    conversation_sid: conversation.sid,
    conversation_unique_name: conversation.uniqueName,
    conversation_friendly_name: conversation.friendlyName,
    conversation_attributes: conversation.attributes,
    conversation_date_created: iso(conversation.dateCreated),
    conversation_date_updated: iso(conversation.dateUpdated),
    conversation_created_by: conversation.createdBy,
    conversation_state: conversation.state,
    conversation_timers: showTimers(conversation),
    links: linksOf(participation, place),
  }
}

const LIST = '/Users/{UserSid}/Conversations'
const ONE = `${LIST}/{ConversationSid}`
const PARTICIPATION_CURSOR = {
  schema: Type.Object({
    conversationSid: Type.String({ pattern: '^CH[0-9a-fA-F]{32}$' }),
    participantSid: Type.String({ pattern: '^MB[0-9a-fA-F]{32}$' }),
  }),
  of: ({ conversation, participant }: Participation) => ({
    conversationSid: conversation.sid,
    participantSid: participant.sid,
  }),
}
const CURSOR = { schema: sidCursor('CH'), of: ({ conversation }: Membership) => ({ sid: conversation.sid }) }

export const USER_CONVERSATION_OPERATIONS = [
  listing({
    name: 'UserConversation.list',
    path: LIST,
    key: 'conversations',
    sizes: { usual: 50, most: 50 },
    fields: Type.Object({}),
    ask: ({ path }, after: SidCursor | undefined, limit) => INQUIRIES.memberships(path.UserSid as string, after?.sid, limit),
    cursor: CURSOR,
    show: showUserConversation,
  }),
  fetching({
    name: 'UserConversation.fetch',
    path: ONE,
    ask: ({ path }) => INQUIRIES.membership(path.UserSid as string, path.ConversationSid as string),
    show: showUserConversation,
  }),
  writing<'participant.update', Membership, typeof UPDATE>({
    name: 'UserConversation.update',
    path: ONE,
    fields: UPDATE,
    status: 200,
    command: (_call, { conversationSid, identity }) => ({ type: 'participant.update', conversationSid, participant: identity }),
    given: (fields) => ({ ...givenHorizon(fields), ...given({ notificationLevel: fields.NotificationLevel }) }),
    ask: (_call, _result, { conversationSid, identity }) => INQUIRIES.membership(identity, conversationSid),
    show: showUserConversation,
  }),
  deleting<'participant.remove'>({
    name: 'UserConversation.delete',
    path: ONE,
    command: (_call, { conversationSid, identity }) => ({ type: 'participant.remove', conversationSid, participant: identity }),
  }),
  listing({
    name: 'ParticipantConversation.list',
    path: '/ParticipantConversations',
    key: 'conversations',
    sizes: { usual: 50, most: 50 },
    fields: Type.Object({ Identity: text(), Address: text() }),
    ask: ({ fields: { Identity, Address } }, after: ParticipationCursor | undefined, limit) =>
      INQUIRIES.participations({ identity: Identity ?? undefined, address: Address ?? undefined }, after, limit),
    cursor: PARTICIPATION_CURSOR,
    show: showParticipantConversation,
  }),
]

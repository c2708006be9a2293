import type { Conversation } from '@conversa/client'
import { useParticipants, useRoles } from '@conversa/client/react'

/** What is offered to those alone who may. */
export type Permission =
  | 'editConversationName'
  | 'deleteConversation'
  | 'leaveConversation'
  | 'addParticipant'
  | 'addNonChatParticipant'
  | 'removeParticipant'

/**
 * Asks what the user may do in a conversation, by the names of permissions; nothing until that is known.
 *
 * It follows from the role that they have there. Their role in the service lets them do more, and does not reach the app: it shows in
 * the roles that they may give, since a role is given only by who has every permission of it.
 */
export function usePermissions(conversation: Conversation, identity: string): (permission: Permission) => boolean {
  const { participants } = useParticipants(conversation)
  const { roles } = useRoles(conversation)
  const own = participants.find((participant) => participant.identity === identity)
  const held = roles.filter(({ sid, isAssignable }) => isAssignable || sid === own?.roleSid)
  return (permission) => held.some(({ permissions }) => permissions.includes(permission))
}

import type { Conversation, ParticipantUpdatedEventArgs, Role } from '../index.ts'
import { Answer, type AnswerState } from './answer.ts'
import { storeOf, useSource } from './source.ts'

/** The roles of a conversation. */
export interface RolesView extends AnswerState {
  readonly roles: readonly Role[]
}

const rolesOf = storeOf(
  (conversation: Conversation) =>
    new Answer<Pick<RolesView, 'roles'>>(
      { roles: [] },
      async () => ({ roles: await conversation.getRoles() }),
      (read) => {
        // What the user may give follows from their own role.
        const updated = ({ updateReasons }: ParticipantUpdatedEventArgs) => updateReasons.includes('roleSid') && read()
        conversation.on('participantUpdated', updated)
        return () => conversation.off('participantUpdated', updated)
      },
    ),
)

/** The roles that participants of a conversation can have, and which of them the user may give and take at this moment. */
export function useRoles(conversation: Conversation): RolesView {
  return useSource(rolesOf(conversation))
}

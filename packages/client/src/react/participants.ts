import type { Conversation, Participant } from '../index.ts'
import { Answer, type AnswerState } from './answer.ts'
import { storeOf, useSource } from './source.ts'

/** Who is in a conversation. */
export interface ParticipantsView extends AnswerState {
  /** In the order of joining; another list whenever one of them changes. */
  readonly participants: readonly Participant[]
}

const participantsOf = storeOf(
  (conversation: Conversation) =>
    new Answer<Pick<ParticipantsView, 'participants'>>(
      { participants: [] },
      async () => ({ participants: await conversation.getParticipants() }),
      (read) => {
        conversation.on('participantJoined', read).on('participantLeft', read).on('participantUpdated', read)
        return () => conversation.off('participantJoined', read).off('participantLeft', read).off('participantUpdated', read)
      },
    ),
)

/** Who is in a conversation, with all that is known of them: how far they have read, for example. */
export function useParticipants(conversation: Conversation): ParticipantsView {
  return useSource(participantsOf(conversation))
}

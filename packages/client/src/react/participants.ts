import type { Conversation, Participant } from '../index.ts'
import { Store, storeOf, useSource } from './source.ts'

/** Who is in a conversation. */
export interface ParticipantsView {
  /** In the order of joining; another list whenever one of them changes. */
  readonly participants: readonly Participant[]
  readonly isLoading: boolean
  readonly error: Error | undefined
}

class Participants extends Store<ParticipantsView> {
  readonly #conversation: Conversation

  constructor(conversation: Conversation) {
    super({ participants: [], isLoading: true, error: undefined })
    this.#conversation = conversation
  }

  protected override start(): () => void {
    const conversation = this.#conversation
    let latest = 0
    const read = () => {
      const mine = ++latest
      conversation.getParticipants().then(
        (participants) => {
          if (mine === latest) this.set({ participants, isLoading: false, error: undefined })
        },
        (error: Error) => {
          if (mine === latest) this.set({ ...this.snapshot(), isLoading: false, error })
        },
      )
    }
    conversation.on('participantJoined', read).on('participantLeft', read).on('participantUpdated', read)
    read()
    return () => {
      latest++
      conversation.off('participantJoined', read).off('participantLeft', read).off('participantUpdated', read)
    }
  }
}

const participantsOf = storeOf((conversation: Conversation) => new Participants(conversation))

/** Who is in a conversation, with all that is known of them: how far they have read, for example. */
export function useParticipants(conversation: Conversation): ParticipantsView {
  return useSource(participantsOf(conversation))
}

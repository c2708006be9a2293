import type { Conversation, Participant } from '../index.ts'
import { Store, storeOf, useSource } from './source.ts'

const NOBODY: readonly Participant[] = []

class Typists extends Store<readonly Participant[]> {
  readonly #conversation: Conversation

  constructor(conversation: Conversation) {
    super(NOBODY)
    this.#conversation = conversation
  }

  protected override start(): () => void {
    const conversation = this.#conversation
    const others = ({ sid }: Participant) => this.snapshot().filter((each) => each.sid !== sid)
    const started = (participant: Participant) => this.set([...others(participant), participant])
    const ended = (participant: Participant) => this.set(others(participant))
    conversation.on('typingStarted', started).on('typingEnded', ended)
    return () => {
      conversation.off('typingStarted', started).off('typingEnded', ended)
      this.set(NOBODY)
    }
  }
}

const typistsOf = storeOf((conversation: Conversation) => new Typists(conversation))

/** Who types in a conversation, in the order in which they began. `conversation.typing()` tells that the user does. */
export function useTyping(conversation: Conversation): readonly Participant[] {
  return useSource(typistsOf(conversation))
}

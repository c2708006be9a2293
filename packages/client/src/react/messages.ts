import { useMemo } from 'react'
import type { Conversation, Message } from '../index.ts'
import { type MessagesOptions, type MessagesView, MessageWindow } from './message-window.ts'
import { Store, storeOf, useSource } from './source.ts'

/** The messages that are shown, and what shows others. */
export interface Messages extends MessagesView {
  /** Reads what is before. Settles when that is done; what fails is in the view. */
  readonly loadOlder: () => Promise<void>
  /** Reads what is behind. Settles when that is done; what fails is in the view. */
  readonly loadNewer: () => Promise<void>
  /** Goes elsewhere: to a message, or to the end. */
  readonly jump: (around?: number) => void
}

/**
 * A stretch of the messages of a conversation, and what makes it grow at either end or lead elsewhere. It begins when the component
 * is mounted; other options have an effect in another conversation only.
 */
export function useMessages(conversation: Conversation, options: MessagesOptions = {}): Messages {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the options say where to begin.
  const window = useMemo(() => new MessageWindow(conversation, options), [conversation])
  const { loadOlder, loadNewer, jump } = window
  return { ...useSource(window), loadOlder, loadNewer, jump }
}

class Newest extends Store<Message | undefined> {
  readonly #conversation: Conversation

  constructor(conversation: Conversation) {
    super(undefined)
    this.#conversation = conversation
  }

  protected override start(): () => void {
    const conversation = this.#conversation
    let isOver = false
    const show = (message: Message | undefined) => {
      if (!isOver && message !== this.snapshot()) this.set(message)
    }
    const read = () => {
      const { lastMessage } = conversation
      if (lastMessage?.index === this.snapshot()?.index) return
      if (!lastMessage) show(undefined)
      else
        conversation.getMessages(1).then(
          ({ items }) => show(items[0]),
          () => {},
        )
    }
    // What is sent is told after the update of its conversation, and need not be read.
    const updated = () => queueMicrotask(read)
    conversation.on('messageAdded', show).on('updated', updated)
    read()
    return () => {
      isOver = true
      conversation.off('messageAdded', show).off('updated', updated)
    }
  }
}

const newestOf = storeOf((conversation: Conversation) => new Newest(conversation))

/** The newest message of a conversation; undefined until it is there, and when there is none. */
export function useLastMessage(conversation: Conversation): Message | undefined {
  return useSource(newestOf(conversation))
}

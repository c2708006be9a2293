import type { Conversation } from '../index.ts'
import { Store, storeOf, useSource } from './source.ts'

class Unread extends Store<number | null | undefined> {
  readonly #conversation: Conversation

  constructor(conversation: Conversation) {
    super(undefined)
    this.#conversation = conversation
  }

  protected override start(): () => void {
    const conversation = this.#conversation
    let latest = 0
    const show = (mine: number, count: number | null | undefined) => {
      if (mine === latest && count !== this.snapshot()) this.set(count)
    }
    const read = () => {
      const mine = ++latest
      conversation.getUnreadMessagesCount().then(
        (count) => show(mine, count),
        () => show(mine, undefined),
      )
    }
    conversation.on('updated', read).on('messageAdded', read).on('messageRemoved', read)
    read()
    return () => {
      latest++
      conversation.off('updated', read).off('messageAdded', read).off('messageRemoved', read)
    }
  }
}

const unreadOf = storeOf((conversation: Conversation) => new Unread(conversation))

/** How many messages are unread: null if the user never read any, undefined until it is known and when they are not in it. */
export function useUnread(conversation: Conversation): number | null | undefined {
  return useSource(unreadOf(conversation))
}

import type { Client, Conversation } from '@conversa/client'
import { element } from './element.ts'

/** What the list tells the page. */
export interface ListHandlers {
  readonly open: (conversation: Conversation) => void
  readonly failed: (error: unknown) => void
}

/** The conversations of a user, newest activity first, with unread counts. */
export class ConversationList {
  readonly root: HTMLElement
  readonly #client: Client
  readonly #handlers: ListHandlers
  readonly #items = element('ul')
  readonly #known = new Map<string, Conversation>()
  #openSid: string | undefined
  #due = false

  constructor(client: Client, handlers: ListHandlers) {
    this.#client = client
    this.#handlers = handlers
    const name = element('input', {
      name: 'name',
      'aria-label': 'Name of a new conversation',
      placeholder: 'New conversation',
      required: true,
    })
    const create = (event: SubmitEvent) => {
      event.preventDefault()
      const friendlyName = name.value
      name.value = ''
      this.#create(friendlyName).catch(handlers.failed)
    }
    this.root = element(
      'nav',
      { class: 'list', 'aria-label': 'Conversations' },
      element('form', { onsubmit: create }, name, element('button', { 'aria-label': 'Create' }, '+')),
      this.#items,
    )
    client.on('conversationJoined', (conversation) => this.#put(conversation))
    client.on('conversationLeft', (conversation) => this.#drop(conversation))
    client.on('conversationRemoved', (conversation) => this.#drop(conversation))
    client.on('conversationUpdated', () => this.#draw())
    client.on('messageAdded', () => this.#draw())
    client.on('messageRemoved', () => this.#draw())
  }

  /** Marks the conversation that is shown beside the list. */
  select(sid: string | undefined): void {
    this.#openSid = sid
    this.#draw()
  }

  async #create(friendlyName: string): Promise<void> {
    const conversation = await this.#client.createConversation({ friendlyName })
    await conversation.join()
    this.#handlers.open(conversation)
  }

  #put(conversation: Conversation): void {
    this.#known.set(conversation.sid, conversation)
    this.#draw()
  }

  #drop(conversation: Conversation): void {
    this.#known.delete(conversation.sid)
    this.#draw()
  }

  /** Draws once for everything that happens in one frame of the screen. */
  #draw(): void {
    if (this.#due) return
    this.#due = true
    requestAnimationFrame(() => {
      this.#due = false
      const sorted = [...this.#known.values()].sort((a, b) => activity(b) - activity(a))
      this.#items.replaceChildren(...sorted.map((conversation) => this.#item(conversation)))
    })
  }

  #item(conversation: Conversation): HTMLElement {
    const badge = element('span', { class: 'badge', hidden: true })
    conversation
      .getUnreadMessagesCount()
      .then((unread) => {
        const hasNews = unread === null ? conversation.lastMessage !== undefined : unread > 0
        badge.hidden = !hasNews || conversation.sid === this.#openSid
        badge.textContent = unread === null ? 'new' : String(unread)
      })
      .catch(() => badge.remove())
    const current = conversation.sid === this.#openSid
    const open = () => this.#handlers.open(conversation)
    const button = element(
      'button',
      { onclick: open, 'aria-current': current },
      element('span', { class: 'name' }, titleOf(conversation)),
      badge,
    )
    return element('li', { 'data-sid': conversation.sid }, button)
  }
}

/** The name that a conversation is shown under. */
export function titleOf(conversation: Conversation): string {
  return conversation.friendlyName || conversation.uniqueName || 'Nameless'
}

function activity(conversation: Conversation): number {
  return (conversation.lastMessage?.dateCreated ?? conversation.dateCreated)?.getTime() ?? 0
}

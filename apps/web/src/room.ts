import type { Conversation, Message, Paginator } from '@conversa/client'
import { titleOf } from './conversation-list.ts'
import { element } from './element.ts'

/** What a room tells the page. */
export interface RoomHandlers {
  readonly back: () => void
  readonly failed: (error: unknown) => void
}

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })

/** One conversation: its messages, who types, and a line to write in. */
export class Room {
  readonly root: HTMLElement
  readonly #conversation: Conversation
  readonly #identity: string
  readonly #handlers: RoomHandlers
  readonly #title = element('h2')
  readonly #messages = element('div', { class: 'messages', role: 'log', 'aria-label': 'Messages', tabIndex: 0 })
  readonly #older = element('button', { class: 'older', hidden: true }, 'Earlier messages')
  readonly #typing = element('div', { class: 'typing', 'aria-live': 'polite' })
  readonly #shown = new Map<number, HTMLElement>()
  readonly #typists = new Set<string>()
  #page: Paginator<Message> | undefined
  #closed = false

  constructor(conversation: Conversation, identity: string, handlers: RoomHandlers) {
    this.#conversation = conversation
    this.#identity = identity
    this.#handlers = handlers
    this.#older.onclick = () => this.#showOlder().catch(handlers.failed)
    this.#messages.append(this.#older)
    this.root = element(
      'section',
      { class: 'room', 'aria-label': titleOf(conversation) },
      this.#header(),
      this.#messages,
      this.#typing,
      this.#composer(),
    )
    this.#listen()
    this.#draw()
    this.#load().catch(handlers.failed)
  }

  /** Stops listening. */
  close(): void {
    this.#closed = true
    for (const [name, listener] of Object.entries(this.#listeners))
      this.#conversation.off(name as 'updated', listener as () => void)
  }

  readonly #listeners = {
    messageAdded: (message: Message) => {
      this.#typists.delete(message.author ?? '')
      this.#show(message)
      this.#draw()
      this.#markRead()
    },
    messageUpdated: ({ message }: { message: Message }) => this.#show(message),
    messageRemoved: (message: Message) => {
      this.#shown.get(message.index)?.remove()
      this.#shown.delete(message.index)
    },
    typingStarted: ({ identity }: { identity: string | null }) => {
      if (identity) this.#typists.add(identity)
      this.#draw()
    },
    typingEnded: ({ identity }: { identity: string | null }) => {
      if (identity) this.#typists.delete(identity)
      this.#draw()
    },
    updated: () => this.#draw(),
    removed: () => this.#handlers.back(),
  }

  #listen(): void {
    for (const [name, listener] of Object.entries(this.#listeners))
      this.#conversation.on(name as 'updated', listener as () => void)
  }

  async #load(): Promise<void> {
    this.#page = await this.#conversation.getMessages()
    this.#showPage(this.#page)
    this.#messages.scrollTop = this.#messages.scrollHeight
    this.#markRead()
  }

  async #showOlder(): Promise<void> {
    if (!this.#page?.hasPrevPage) return
    const height = this.#messages.scrollHeight
    this.#page = await this.#page.prevPage()
    this.#showPage(this.#page)
    this.#messages.scrollTop += this.#messages.scrollHeight - height
  }

  #showPage(page: Paginator<Message>): void {
    if (this.#closed) return
    for (const message of page.items) this.#show(message)
    this.#older.hidden = !page.hasPrevPage
  }

  /** Puts a message at the place of its index, also when it comes late. */
  #show(message: Message): void {
    const own = message.author === this.#identity
    const meta = `${own ? '' : `${message.author} · `}${time.format(message.dateCreated ?? new Date())}${isEdited(message) ? ' · edited' : ''}`
    const made = element(
      'article',
      { class: own ? 'message own' : 'message', 'data-index': message.index },
      element('span', { class: 'meta' }, meta),
      element('span', { class: 'body' }, message.body ?? ''),
    )
    const atEnd = this.#messages.scrollHeight - this.#messages.scrollTop - this.#messages.clientHeight < 80
    const before = this.#shown.get(message.index)
    if (before) before.replaceWith(made)
    else this.#messages.insertBefore(made, this.#after(message.index))
    this.#shown.set(message.index, made)
    if (atEnd) this.#messages.scrollTop = this.#messages.scrollHeight
  }

  #after(index: number): HTMLElement | null {
    const later = [...this.#shown.keys()].filter((one) => one > index)
    return later.length === 0 ? null : (this.#shown.get(Math.min(...later)) ?? null)
  }

  #markRead(): void {
    if (document.visibilityState === 'visible') this.#conversation.setAllMessagesRead().catch(this.#handlers.failed)
  }

  #draw(): void {
    this.#title.textContent = titleOf(this.#conversation)
    const names = [...this.#typists]
    this.#typing.textContent = names.length === 0 ? '' : `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} typing…`
  }

  #header(): HTMLElement {
    const who = element('input', {
      name: 'identity',
      'aria-label': 'Name of somebody to add',
      placeholder: 'Add somebody',
      required: true,
    })
    const add = (event: SubmitEvent) => {
      event.preventDefault()
      const identity = who.value.trim()
      who.value = ''
      this.#conversation.add(identity).catch(this.#handlers.failed)
    }
    const leave = () => this.#conversation.leave().catch(this.#handlers.failed)
    return element(
      'header',
      {},
      element('button', { class: 'back', onclick: this.#handlers.back, 'aria-label': 'Back to the list' }, '‹'),
      this.#title,
      element('form', { class: 'add', onsubmit: add }, who, element('button', {}, 'Add')),
      element('button', { onclick: leave }, 'Leave'),
    )
  }

  #composer(): HTMLElement {
    const text = element('input', { name: 'body', 'aria-label': 'Message', placeholder: 'Write a message', autocomplete: 'off' })
    const type = () => this.#conversation.typing().catch(() => {})
    const send = (event: SubmitEvent) => {
      event.preventDefault()
      const body = text.value
      if (body === '') return
      text.value = ''
      this.#conversation.sendMessage(body).catch(this.#handlers.failed)
    }
    text.oninput = type
    return element('form', { class: 'composer', onsubmit: send }, text, element('button', { class: 'primary' }, 'Send'))
  }
}

function isEdited(message: Message): boolean {
  return message.dateUpdated?.getTime() !== message.dateCreated?.getTime()
}

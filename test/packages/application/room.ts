import type {
  Conversation,
  ConversationUpdatedEventArgs,
  JSONObject,
  JSONValue,
  Message,
  MessageUpdatedEventArgs,
  MessageUpdateReason,
  Paginator,
  Participant,
} from '@twilio/conversations'

const PAGE = 20

/** One conversation on the screen. */
export class Room {
  messages: Message[] = []
  readonly typing = new Set<string>()
  #page: Paginator<Message> | null = null
  readonly #conversation: Conversation
  readonly #changed: () => void

  constructor(conversation: Conversation, changed: () => void) {
    this.#conversation = conversation
    this.#changed = changed
  }

  async open(): Promise<void> {
    const conversation = this.#conversation
    conversation.on('messageAdded', this.#added)
    conversation.on('messageUpdated', this.#updated)
    conversation.on('messageRemoved', this.#removed)
    conversation.on('typingStarted', this.#typed(true))
    conversation.on('typingEnded', this.#typed(false))
    conversation.on('updated', ({ updateReasons }: ConversationUpdatedEventArgs) => {
      if (updateReasons.includes('state')) this.#changed()
    })
    conversation.once('removed', () => this.close())
    this.#page = await conversation.getMessages(PAGE)
    this.messages = [...this.#page.items, ...this.messages]
    await conversation.setAllMessagesRead()
  }

  async older(): Promise<boolean> {
    if (!this.#page?.hasPrevPage) return false
    this.#page = await this.#page.prevPage()
    this.messages = this.#page.items.concat(this.messages)
    return this.#page.hasPrevPage
  }

  async around(index: number): Promise<Message | undefined> {
    const { items } = await this.#conversation.getMessages(1, index, 'forward')
    return items[0]
  }

  async send(text: string, replyTo?: Message): Promise<number> {
    const attributes: JSONObject = replyTo ? { replyTo: replyTo.sid, quoted: replyTo.body } : {}
    return this.#conversation.sendMessage(text, attributes)
  }

  async mail(text: string): Promise<number | null> {
    return this.#conversation.sendMessage(text, undefined, { subject: 'From the application' })
  }

  async type(): Promise<void> {
    await this.#conversation.typing()
  }

  /** @returns how many are unread then */
  async read(message: Message | null): Promise<number> {
    if (!message) return this.#conversation.setAllMessagesUnread()
    const { lastReadMessageIndex } = this.#conversation
    if (lastReadMessageIndex !== null && lastReadMessageIndex > message.index) {
      return this.#conversation.updateLastReadMessageIndex(message.index)
    }
    return this.#conversation.advanceLastReadMessageIndex(message.index)
  }

  close(): void {
    this.#conversation.removeAllListeners('messageAdded')
    this.#conversation.removeAllListeners()
  }

  readonly #added = (message: Message): void => {
    this.messages.push(message)
    this.#changed()
  }

  readonly #removed = ({ sid }: Message): void => {
    this.messages = this.messages.filter((message) => message.sid !== sid)
    this.#changed()
  }

  readonly #updated = ({ updateReasons }: { message: Message; updateReasons: MessageUpdateReason[] }): void => {
    if (updateReasons.includes('body') || updateReasons.includes('deliveryReceipt')) this.#changed()
  }

  #typed(isTyping: boolean) {
    return ({ identity }: Participant): void => {
      if (isTyping) this.typing.add(identity ?? '')
      else this.typing.delete(identity ?? '')
      this.#changed()
    }
  }
}

/** Who reacted to a message, kept in its attributes as applications do. */
export async function react(message: Message, emoji: string, by: string): Promise<Message> {
  const attributes: JSONValue = message.attributes
  const before = isObject(attributes) ? attributes : {}
  const reactions = isObject(before.reactions ?? null) ? (before.reactions as JSONObject) : {}
  return message.updateAttributes({ ...before, reactions: { ...reactions, [emoji]: [by] } })
}

function isObject(value: JSONValue): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export async function edit(message: Message, body: string): Promise<string> {
  const changed = new Promise<MessageUpdatedEventArgs>((resolve) => message.once('updated', resolve))
  await message.updateBody(body)
  const { message: edited } = await changed
  return `${edited.lastUpdatedBy ?? edited.author} at ${edited.dateUpdated?.toISOString()}`
}

export async function withdraw(message: Message): Promise<number> {
  return (await message.remove()).index
}

export function line({ author, body, dateCreated, type, subject }: Message): string {
  const said = type === 'media' ? '(a file)' : (body ?? '')
  return `${dateCreated?.toLocaleTimeString() ?? ''} ${author ?? 'somebody'}: ${subject ?? ''} ${said}`
}

/** A page that the application makes itself, for its own tests. */
export const emptyPage: Paginator<Message> = {
  items: [],
  hasNextPage: false,
  hasPrevPage: false,
  nextPage: () => Promise.reject(new Error('there is none')),
  prevPage: () => Promise.reject(new Error('there is none')),
}

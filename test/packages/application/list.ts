import {
  Client,
  Conversation,
  type ConversationUpdateReason,
  type CreateConversationOptions,
  type LastMessage,
  type Paginator,
} from '@twilio/conversations'

/** What a list shows of one conversation. */
export interface Row {
  readonly sid: string
  readonly title: string
  readonly unread: number
  readonly isMuted: boolean
  readonly last: Date | null
}

/** The attributes that this application gives to conversations. */
interface Topic {
  colour: string
  pinned: boolean
}

const SHOWN: ConversationUpdateReason[] = [
  'friendlyName',
  'lastMessage',
  'lastReadMessageIndex',
  'notificationLevel',
  'attributes',
]

export class ConversationList {
  readonly rows = new Map<string, Row>()
  readonly #client: Client
  readonly #changed: () => void

  constructor(client: Client, changed: () => void) {
    this.#client = client
    this.#changed = changed
    client.on(Client.conversationJoined, this.#show)
    client.addListener('conversationLeft', this.#hide)
    client.on('conversationRemoved', this.#hide)
    client.on('conversationUpdated', ({ conversation, updateReasons }) => {
      if (updateReasons.some((reason) => SHOWN.includes(reason))) void this.#show(conversation)
    })
    client.on('messageAdded', (message) => void this.#show(message.conversation))
  }

  async load(): Promise<void> {
    let page: Paginator<Conversation> = await this.#client.getSubscribedConversations()
    for (;;) {
      await Promise.all(page.items.map(this.#show))
      if (!page.hasNextPage) return
      page = await page.nextPage()
    }
  }

  async create(title: string, uniqueName?: string): Promise<Conversation> {
    const topic: Topic = { colour: 'blue', pinned: false }
    const options: CreateConversationOptions = { friendlyName: title, attributes: { ...topic } }
    if (uniqueName) options.uniqueName = uniqueName
    const conversation = await this.#client.createConversation(options)
    return conversation.join()
  }

  async find(name: string): Promise<Conversation> {
    try {
      return await this.#client.getConversationByUniqueName(name)
    } catch {
      return this.#client.peekConversationBySid(name)
    }
  }

  close(): void {
    this.#client.off('conversationJoined', this.#show)
    this.#client.removeListener('conversationLeft', this.#hide)
  }

  readonly #show = async (conversation: Conversation): Promise<void> => {
    const lastMessage: LastMessage | undefined = conversation.lastMessage
    const unread: number | null = await conversation.getUnreadMessagesCount()
    this.rows.set(conversation.sid, {
      sid: conversation.sid,
      title: conversation.friendlyName ?? conversation.uniqueName ?? 'untitled',
      unread: unread ?? (await conversation.getMessagesCount()),
      isMuted: conversation.notificationLevel === 'muted',
      last: lastMessage?.dateCreated ?? conversation.dateUpdated,
    })
    this.#changed()
  }

  readonly #hide = (conversation: Conversation): void => {
    this.rows.delete(conversation.sid)
    this.#changed()
  }
}

export async function pin(conversation: Conversation): Promise<Conversation> {
  const before = (await conversation.getAttributes()) as Partial<Topic> | null
  return conversation.updateAttributes({ ...before, pinned: true })
}

export async function rename(conversation: Conversation, title: string, uniqueName: string | null): Promise<string | null> {
  await conversation.updateFriendlyName(title)
  return (await conversation.updateUniqueName(uniqueName)).uniqueName
}

export function ageOf(conversation: Conversation, now: Date): number {
  const since: Date | null = conversation.dateCreated
  return since ? now.getTime() - since.getTime() : 0
}

export function isOpen(conversation: Conversation): boolean {
  return conversation.status === 'joined' && conversation.state?.current !== 'closed'
}

export const isConversation = (value: unknown): value is Conversation => value instanceof Conversation

import type { Client, Conversation, Paginator } from '../index.ts'
import { useClient } from './provider.ts'
import { Store, storeOf, useSource } from './source.ts'

/** The conversations that the user is in. */
export interface ConversationsView {
  /** Newest activity first. */
  readonly conversations: readonly Conversation[]
  /** Whether the first ones are still to come. */
  readonly isLoading: boolean
  /** Whether there are more than those. */
  readonly hasMore: boolean
  readonly error: Error | undefined
}

const LOADING: ConversationsView = { conversations: [], isLoading: true, hasMore: false, error: undefined }

class ConversationList extends Store<ConversationsView> {
  readonly #client: Client | undefined
  readonly #known = new Set<Conversation>()
  #page: Paginator<Conversation> | undefined
  #loading: Promise<void> | undefined
  #isDue = false

  constructor(client?: Client) {
    super(LOADING)
    this.#client = client
  }

  /** Reads on. @returns settles when that is done; what fails is in the view */
  readonly loadMore = (): Promise<void> => {
    const client = this.#client
    const page = this.#page
    if (!client || (page && !page.hasNextPage)) return Promise.resolve()
    this.#loading ??= this.#load(page ? () => page.nextPage() : () => client.getSubscribedConversations()).finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  protected override start(): () => void {
    const client = this.#client
    if (!client) return () => {}
    const put = (conversation: Conversation) => {
      this.#known.add(conversation)
      this.#changed()
    }
    const drop = (conversation: Conversation) => {
      this.#known.delete(conversation)
      this.#changed()
    }
    const changed = () => this.#changed()
    client.on('conversationJoined', put).on('conversationLeft', drop).on('conversationRemoved', drop)
    client.on('conversationUpdated', changed)
    // Nobody listened until now.
    for (const conversation of this.#known) if (conversation.status !== 'joined') this.#known.delete(conversation)
    this.#page = undefined
    void this.loadMore()
    return () => {
      client.off('conversationJoined', put).off('conversationLeft', drop).off('conversationRemoved', drop)
      client.off('conversationUpdated', changed)
    }
  }

  async #load(read: () => Promise<Paginator<Conversation>>): Promise<void> {
    try {
      const page = await read()
      this.#page = page
      for (const conversation of page.items) if (conversation.status === 'joined') this.#known.add(conversation)
      this.#tell(undefined)
    } catch (error) {
      this.#tell(error as Error)
    }
  }

  /** Sorts once for everything that happens in one turn. */
  #changed(): void {
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(() => {
      this.#isDue = false
      this.#tell(this.snapshot().error)
    })
  }

  #tell(error: Error | undefined): void {
    const before = this.snapshot()
    const sorted = byActivity(this.#known)
    const isSame =
      sorted.length === before.conversations.length && sorted.every((each, index) => each === before.conversations[index])
    const conversations = isSame ? before.conversations : sorted
    this.set({
      conversations,
      isLoading: !this.#page && !error && sorted.length === 0,
      hasMore: this.#page?.hasNextPage ?? false,
      error,
    })
  }
}

/** Newest first; of two in the same millisecond the later one, as the server has it. */
function byActivity(conversations: Iterable<Conversation>): Conversation[] {
  const timed = [...conversations].map((conversation) => ({ conversation, at: activityOf(conversation) }))
  return timed
    .sort((one, other) => other.at - one.at || (one.conversation.sid < other.conversation.sid ? 1 : -1))
    .map(({ conversation }) => conversation)
}

function activityOf({ lastMessage, dateCreated }: Conversation): number {
  return (lastMessage?.dateCreated ?? dateCreated).getTime()
}

const NOBODYS = new ConversationList()
const listOf = storeOf((client: Client) => new ConversationList(client))

/** The conversations, and what shows more of them. */
export interface Conversations extends ConversationsView {
  /** Reads on. Settles when that is done; what fails is in the view. */
  readonly loadMore: () => Promise<void>
}

/** The conversations of the user. */
export function useConversations(): Conversations {
  const client = useClient()
  const list = client ? listOf(client) : NOBODYS
  return { ...useSource(list), loadMore: list.loadMore }
}

import type { Conversation, Message } from '../index.ts'
import { Store } from './source.ts'

/** A stretch of the messages of a conversation. */
export interface MessagesView {
  /** In the order of their index, without a hole. */
  readonly messages: readonly Message[]
  /** Number of the first one in a list that begins at a million: it falls as older ones come, so that a virtual list stays in place. */
  readonly firstItem: number
  /** Another one whenever the stretch is another one, after a jump. */
  readonly stretch: number
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  /** Whether the first ones are still to come. */
  readonly isLoading: boolean
  readonly error: Error | undefined
}

/** Which messages are wanted first. */
export interface MessagesOptions {
  /** How many are read at once; at most 100. */
  readonly pageSize?: number | undefined
  /** The index around which to begin; the end by default. */
  readonly around?: number | null | undefined
  /** How many are held at most; what is beyond is let go at the other end. */
  readonly limit?: number | undefined
}

const FIRST_ITEM = 1_000_000
const EMPTY: MessagesView = {
  messages: [],
  firstItem: FIRST_ITEM,
  stretch: 0,
  hasOlder: false,
  hasNewer: false,
  isLoading: true,
  error: undefined,
}

/** Messages that grow at both ends, when asked, and at the newer one by what is sent. */
export class MessageWindow extends Store<MessagesView> {
  readonly #conversation: Conversation
  readonly #pageSize: number
  readonly #limit: number
  #around: number | null | undefined
  readonly #busy = { older: false, newer: false }

  constructor(conversation: Conversation, { pageSize = 30, around, limit = 600 }: MessagesOptions = {}) {
    super(EMPTY)
    this.#conversation = conversation
    this.#pageSize = pageSize
    this.#limit = Math.max(limit, 3 * pageSize)
    this.#around = around
  }

  /** Reads what is before. Settles when that is done; what fails is in the view. */
  readonly loadOlder = (): Promise<void> =>
    this.#extend('older', async ({ messages }) => {
      const page = await this.#conversation.getMessages(this.#pageSize, (messages[0]?.index ?? 0) - 1)
      return (now) => {
        const joined = [...page.items, ...now.messages]
        const kept = joined.slice(0, this.#limit)
        return {
          ...now,
          messages: kept,
          firstItem: now.firstItem - page.items.length,
          hasOlder: page.hasPrevPage,
          hasNewer: now.hasNewer || kept.length < joined.length,
        }
      }
    })

  /** Reads what is behind. Settles when that is done; what fails is in the view. */
  readonly loadNewer = (): Promise<void> =>
    this.#extend('newer', async ({ messages }) => {
      const page = await this.#conversation.getMessages(this.#pageSize, (messages.at(-1)?.index ?? -1) + 1, 'forward')
      return (now) => ({ ...this.#append(now, page.items, this.#limit), hasNewer: page.hasNextPage })
    })

  /** Goes elsewhere: to a message, or to the end. */
  readonly jump = (around?: number): void => {
    this.#around = around
    this.set({ ...EMPTY, stretch: this.snapshot().stretch + 1 })
    void this.#load()
  }

  protected override start(): () => void {
    const conversation = this.#conversation
    const listeners = {
      messageAdded: (message: Message) => this.#added(message),
      messageRemoved: (message: Message) => this.#removed(message),
      // Later: what was sent is told after it, and need not be read. What was missed is not told one by one.
      updated: () => queueMicrotask(() => this.#readMissed()),
    }
    for (const [name, listener] of Object.entries(listeners)) conversation.on(name as 'updated', listener as () => void)
    if (this.snapshot().isLoading) void this.#load()
    else this.#readMissed()
    return () => {
      for (const [name, listener] of Object.entries(listeners)) conversation.off(name as 'updated', listener as () => void)
    }
  }

  async #load(): Promise<void> {
    const { stretch } = this.snapshot()
    const set = (part: Partial<MessagesView>) => {
      if (this.snapshot().stretch === stretch) this.set({ ...this.snapshot(), isLoading: false, ...part })
    }
    try {
      set(typeof this.#around === 'number' ? await this.#readAround(this.#around) : await this.#readEnd())
      this.#readMissed()
    } catch (error) {
      set({ error: error as Error })
    }
  }

  async #readEnd(): Promise<Partial<MessagesView>> {
    const page = await this.#conversation.getMessages(this.#pageSize)
    return { messages: page.items, hasOlder: page.hasPrevPage, hasNewer: false, error: undefined }
  }

  async #readAround(index: number): Promise<Partial<MessagesView>> {
    const [before, behind] = await Promise.all([
      this.#conversation.getMessages(this.#pageSize, index),
      this.#conversation.getMessages(this.#pageSize, index + 1, 'forward'),
    ])
    const messages = [...before.items, ...behind.items]
    return { messages, hasOlder: before.hasPrevPage, hasNewer: behind.hasNextPage, error: undefined }
  }

  async #extend(
    end: 'older' | 'newer',
    read: (from: MessagesView) => Promise<(now: MessagesView) => MessagesView>,
  ): Promise<void> {
    const from = this.snapshot()
    const isWanted = end === 'older' ? from.hasOlder : !from.isLoading
    if (!isWanted || this.#busy[end]) return
    this.#busy[end] = true
    try {
      const grow = await read(from)
      const now = this.snapshot()
      // A jump leads elsewhere, and what the other end let go meanwhile leaves a hole.
      const edge = end === 'older' ? 0 : -1
      if (now.stretch === from.stretch && now.messages.at(edge) === from.messages.at(edge)) {
        this.set({ ...grow(now), error: undefined })
      }
    } catch (error) {
      this.set({ ...this.snapshot(), error: error as Error })
    } finally {
      this.#busy[end] = false
    }
  }

  /** Adds newer messages, and lets the oldest go. */
  #append(now: MessagesView, items: readonly Message[], limit: number): MessagesView {
    const last = now.messages.at(-1)?.index ?? -1
    const joined = [...now.messages, ...items.filter(({ index }) => index > last)]
    const surplus = Math.max(0, joined.length - limit)
    return {
      ...now,
      messages: joined.slice(surplus),
      firstItem: now.firstItem + surplus,
      hasOlder: now.hasOlder || surplus > 0,
    }
  }

  #added(message: Message): void {
    const now = this.snapshot()
    // Who reads far above is not moved by what comes below.
    if (!now.isLoading && !now.hasNewer) this.set(this.#append(now, [message], 2 * this.#limit))
  }

  #removed({ index }: Message): void {
    const now = this.snapshot()
    const messages = now.messages.filter((message) => message.index !== index)
    if (messages.length < now.messages.length) this.set({ ...now, messages })
  }

  /** Reads what is missing at the end, if the end is shown. */
  #readMissed(): void {
    const { isLoading, hasNewer, messages } = this.snapshot()
    const last = this.#conversation.lastMessage
    if (!isLoading && !hasNewer && last && (messages.at(-1)?.index ?? -1) < last.index) void this.loadNewer()
  }
}

import type { CancellablePromise, Conversation, Message } from '../index.ts'
import { useIdentity } from './provider.ts'
import { Store, storeOf, useSource } from './source.ts'

/** What a message is made of. */
export interface MessageDraft {
  readonly body?: string | undefined
  readonly files?: readonly File[] | undefined
  readonly attributes?: unknown
}

/** A message that is not sent yet. */
export interface OutgoingMessage extends MessageDraft {
  readonly id: number
  readonly dateCreated: Date
  /** `sending` lasts as long as there is no connection. */
  readonly state: 'sending' | 'failed'
  /** Bytes of its files; undefined when it has none. */
  readonly progress: { readonly loaded: number; readonly total: number } | undefined
  readonly error: Error | undefined
}

class Outgoing extends Store<readonly OutgoingMessage[]> {
  readonly #conversation: Conversation
  readonly #sendings = new Map<number, CancellablePromise<number>>()
  /** What looks as if it had arrived, until it is answered. */
  readonly #arrived = new Map<number, OutgoingMessage>()
  /** Of the user; undefined where nobody knows, and everything stays until it is answered. */
  identity: string | undefined
  #made = 0

  constructor(conversation: Conversation) {
    super([])
    this.#conversation = conversation
  }

  /** Sends a message. @returns settles when it is sent or has failed */
  readonly send = (draft: MessageDraft): Promise<void> => {
    const id = ++this.#made
    const total = draft.files?.reduce((sum, { size }) => sum + size, 0) ?? 0
    const progress = draft.files?.length ? { loaded: 0, total } : undefined
    this.set([...this.snapshot(), { ...draft, id, dateCreated: new Date(), state: 'sending', progress, error: undefined }])
    return this.#send(id, draft)
  }

  /** Sends a message again that has failed. @returns settles when it is sent or has failed again */
  readonly retry = async (id: number): Promise<void> => {
    const failed = this.snapshot().find((message) => message.id === id && message.state === 'failed')
    if (!failed) return
    this.#change(id, { state: 'sending', error: undefined })
    await this.#send(id, failed)
  }

  /** Calls a message off whose files are under way, or forgets one that has failed. What is sent already stays so. */
  readonly discard = (id: number): void => {
    if (this.#sendings.has(id)) this.#sendings.get(id)?.cancel()
    else this.#forget(id)
  }

  /** Sending goes on whether or not anybody looks. */
  protected override start(): () => void {
    this.#conversation.on('messageAdded', this.#added)
    return () => void this.#conversation.off('messageAdded', this.#added)
  }

  /**
   * A message is told of before its sending is answered: between the two it would be seen twice. What says the same is taken for the
   * oldest that is on its way; if it was not, that one follows soon, or fails and is shown again. A webhook may have
   * changed the text or the author: then the answer comes with it.
   */
  readonly #added = ({ author, body, attachedMedia }: Message): void => {
    if (!this.identity) return
    const isOwn = author === this.identity
    const count = attachedMedia?.length
    const similar = this.snapshot().filter(({ state, files = [] }) => state === 'sending' && files.length === count)
    const same = similar.find((message) => (message.body ?? null) === body)
    const found = same ?? (isOwn && similar[0])
    if (!found) return
    this.#arrived.set(found.id, found)
    this.#forget(found.id)
    if (!(same && isOwn)) setTimeout(() => this.#show(found.id), ANSWER)
  }

  async #send(id: number, { body, files = [], attributes }: MessageDraft): Promise<void> {
    const builder = this.#conversation.prepareMessage()
    if (body !== undefined) builder.setBody(body)
    if (attributes !== undefined) builder.setAttributes(attributes)
    for (const file of files) builder.addMedia({ contentType: file.type, media: file, filename: file.name })
    const sending = builder.buildAndSend((progress) => this.#change(id, { progress }))
    this.#sendings.set(id, sending)
    try {
      await sending
      this.#forget(id)
    } catch (error) {
      if ((error as { code?: unknown }).code === CANCELLED) this.#forget(id)
      else this.#failed(id, error as Error)
    } finally {
      this.#sendings.delete(id)
      this.#arrived.delete(id)
    }
  }

  /** Shows again what had not arrived; nothing where it had. */
  #show(id: number): void {
    const hidden = this.#arrived.get(id)
    if (hidden && this.#arrived.delete(id)) this.set([...this.snapshot(), hidden].sort((one, other) => one.id - other.id))
  }

  #failed(id: number, error: Error): void {
    this.#show(id)
    this.#change(id, { state: 'failed', error })
  }

  #change(id: number, part: Partial<OutgoingMessage>): void {
    this.set(this.snapshot().map((message) => (message.id === id ? { ...message, ...part } : message)))
  }

  #forget(id: number): void {
    this.set(this.snapshot().filter((message) => message.id !== id))
  }
}

/** Within these milliseconds the answer follows the event, which it is sent together with. */
const ANSWER = 1000

/** The code of what was called off. */
const CANCELLED = 51306

const outgoingOf = storeOf((conversation: Conversation) => new Outgoing(conversation))

/** What the user has sent to a conversation and is not there yet. */
export interface OutgoingMessages {
  /** In the order of sending. One leaves as soon as it is among the messages of the conversation. */
  readonly outgoing: readonly OutgoingMessage[]
  /** Sends a message. Settles when it is sent or has failed. */
  readonly send: (draft: MessageDraft) => Promise<void>
  /** Sends a message again that has failed. Settles when it is sent or has failed again. */
  readonly retry: (id: number) => Promise<void>
  /** Calls a message off whose files are under way, or forgets one that has failed. What is sent already stays so. */
  readonly discard: (id: number) => void
}

/** What the user has sent and is not there yet: all components that ask for it see the same, and it goes on when none does. */
export function useOutgoing(conversation: Conversation): OutgoingMessages {
  const store = outgoingOf(conversation)
  const { send, retry, discard } = store
  store.identity = useIdentity()
  return { outgoing: useSource(store), send, retry, discard }
}

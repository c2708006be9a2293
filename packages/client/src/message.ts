import type { Message as MessageRecord } from '@conversa/protocol'
import { requireString } from './arguments.ts'
import { attributesText, ParsedAttributes } from './attributes.ts'
import type { Conversation } from './conversation.ts'
import { Emitter } from './emitter.ts'
import type { LiveConversation } from './live-conversation.ts'
import type { Participant } from './participant.ts'

/** What can change about a message. */
export type MessageUpdateReason = 'body' | 'lastUpdatedBy' | 'dateCreated' | 'dateUpdated' | 'attributes' | 'author'

/** What `updated` of a message and `messageUpdated` tell. */
export interface MessageUpdatedEvent {
  readonly message: Message
  readonly updateReasons: MessageUpdateReason[]
}

/** Events of a message. */
export interface MessageEvents {
  updated: MessageUpdatedEvent
}

/** What a message shows, and the revision of its conversation that it shows. */
export interface MessageCell {
  record: MessageRecord
  revision: number
}

let cellOf: (message: Message) => MessageCell

/** A message in a conversation. It stays up to date. */
export class Message extends Emitter<MessageEvents> {
  static readonly updated = 'updated'
  static {
    cellOf = (message) => message.#cell
  }

  readonly #live: LiveConversation
  readonly #cell: MessageCell
  readonly #attributes = new ParsedAttributes()

  /** @internal */
  constructor(live: LiveConversation, cell: MessageCell) {
    super()
    this.#live = live
    this.#cell = cell
  }

  /** The message's unique system identifier. */
  get sid(): string {
    return this.#cell.record.sid
  }

  /** Its place in the conversation: increasing, with gaps where messages were removed. */
  get index(): number {
    return this.#cell.record.index
  }

  /** Identity of who sent it. */
  get author(): string {
    return this.#cell.record.author
  }

  get body(): string | null {
    return this.#cell.record.body
  }

  /** The message's custom attributes. */
  // biome-ignore lint/suspicious/noExplicitAny: the documented type.
  get attributes(): any {
    return this.#attributes.of(this.#cell.record.attributes)
  }

  /** The conversation that it is in. */
  get conversation(): Conversation {
    return this.#live.conversation
  }

  get dateCreated(): Date {
    return new Date(this.#cell.record.dateCreated)
  }

  get dateUpdated(): Date {
    return new Date(this.#cell.record.dateUpdated)
  }

  /** Identity of who changed it last; null if nobody did. */
  get lastUpdatedBy(): string | null {
    return this.#cell.record.lastUpdatedBy
  }

  /** SID of the participant who sent it; null if it was none. */
  get participantSid(): string | null {
    return this.#cell.record.participantSid
  }

  get type(): 'text' {
    return 'text'
  }

  /** @returns who sent it; rejects when they are not in the conversation any more */
  getParticipant(): Promise<Participant> {
    return this.#live.participants.find(this.participantSid ?? this.author)
  }

  /** Removes the message. @returns this message; rejects when refused */
  async remove(): Promise<Message> {
    await this.#live.run({ type: 'message.remove', conversationSid: this.#live.sid, index: this.index })
    return this
  }

  /** Replaces the text. @returns this message; rejects when refused */
  async updateBody(body: string): Promise<Message> {
    requireString(body, 'body')
    await this.#live.run({ type: 'message.update', conversationSid: this.#live.sid, index: this.index, body })
    return this
  }

  /** Replaces the custom attributes. @returns this message; rejects when refused */
  async updateAttributes(attributes: unknown): Promise<Message> {
    const text = attributesText(attributes)
    await this.#live.run({ type: 'message.update', conversationSid: this.#live.sid, index: this.index, attributes: text })
    return this
  }

  protected override observed(isObserved: boolean): void {
    this.#live.messages.pin(this, isObserved)
  }
}

export { cellOf as cellOfMessage }

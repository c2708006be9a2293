import type { Message as MessageRecord } from '@conversa/protocol'
import { requireString } from './arguments.ts'
import { attributesText } from './attributes.ts'
import { CancellablePromise } from './cancellable-promise.ts'
import type { ContentData } from './content-template.ts'
import type { Conversation } from './conversation.ts'
import { AggregatedDeliveryReceipt, DetailedDeliveryReceipt } from './delivery-receipt.ts'
import { Emitter, nameEvents } from './emitter.ts'
import type { LiveConversation } from './live/live-conversation.ts'
import { Media, temporaryUrls } from './media.ts'
import type { MediaCategory } from './media-content.ts'
import type { ChannelMetadata, RecipientDescriptor } from './outer-channels.ts'
import type { Participant } from './participant.ts'
import { Shown } from './shown.ts'

/** What can change about a message. */
export type MessageUpdateReason =
  | 'body'
  | 'lastUpdatedBy'
  | 'dateCreated'
  | 'dateUpdated'
  | 'attributes'
  | 'author'
  | 'deliveryReceipt'
  | 'subject'
  | 'media'
  | 'deliveryReceipt'

/** Whether a message has files. */
export type MessageType = 'text' | 'media'

/** What `updated` of a message and `messageUpdated` tell. */
export interface MessageUpdatedEvent {
  message: Message
  updateReasons: MessageUpdateReason[]
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

/** A message in a conversation. It stays up to date. */
export class Message extends Emitter<MessageEvents> {
  declare static readonly updated: 'updated'
  /** @internal What the object shows. (A static block would keep it private, but Safari knows those from 16.4 on.) */
  static readonly cellOf = (message: Message): MessageCell => message.#cell

  readonly #live: LiveConversation
  readonly #cell: MessageCell
  readonly #shown = new Shown()

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
    return this.#shown.attributes(this.#cell.record.attributes)
  }

  /** The conversation that it is in. */
  get conversation(): Conversation {
    return this.#live.conversation
  }

  get dateCreated(): Date {
    return this.#shown.date(this.#cell.record, 'dateCreated')
  }

  get dateUpdated(): Date {
    return this.#shown.date(this.#cell.record, 'dateUpdated')
  }

  /** Identity of who changed it last; null if nobody did. */
  get lastUpdatedBy(): string | null {
    return this.#cell.record.lastUpdatedBy
  }

  /** SID of the participant who sent it; null if it was none. */
  get participantSid(): string | null {
    return this.#cell.record.participantSid
  }

  /** Whether it has files; it may have a text besides. */
  get type(): MessageType {
    return this.#cell.record.media.length > 0 ? 'media' : 'text'
  }

  /** The subject of an e-mail; null when there is none. */
  get subject(): string | null {
    return this.#cell.record.subject
  }

  /** SID of the template that it was made from; null when it was made from none. */
  get contentSid(): string | null {
    return this.#cell.record.contentSid ?? null
  }

  /** The first attached file; null when there is none. */
  get media(): Media | null {
    return this.#files(['media'])[0] ?? null
  }

  /** The attached files; none is an empty list. */
  get attachedMedia(): Media[] | null {
    return this.#files(['media'])
  }

  /** @returns the files that are for one of these purposes */
  getMediaByCategories(categories: MediaCategory[]): Media[] | null {
    return this.#files(categories)
  }

  /** @deprecated the older name of `getMediaByCategories` */
  getMediaByCategory(categories: MediaCategory[]): Media[] | null {
    return this.#files(categories)
  }

  /** @returns the text of the message as an e-mail, in this type; null when there is none */
  getEmailBody(type = 'text/plain'): Media | null {
    return this.#part('body', type)
  }

  /** @returns the history below the message as an e-mail, in this type; null when there is none */
  getEmailHistory(type = 'text/plain'): Media | null {
    return this.#part('history', type)
  }

  /** @deprecated what is given keeps its own address; see `Media.getContentTemporaryUrl` */
  async attachTemporaryUrlsFor(contentSet: Media[] | null): Promise<Media[]> {
    return contentSet ?? []
  }

  /** @returns where files can be fetched for some minutes, by SID; rejects unless the user may fetch all of them */
  getTemporaryContentUrlsForMedia(contentSet: Media[]): CancellablePromise<Map<string, string>> {
    return this.getTemporaryContentUrlsForMediaSids(contentSet.map(({ sid }) => sid))
  }

  /** The same by the SIDs of the files. */
  getTemporaryContentUrlsForMediaSids(mediaSids: string[]): CancellablePromise<Map<string, string>> {
    return temporaryUrls(this.#live.session, mediaSids)
  }

  /** The same for the attached files of this message. */
  getTemporaryContentUrlsForAttachedMedia(): CancellablePromise<Map<string, string>> {
    return this.getTemporaryContentUrlsForMedia(this.#files(['media']))
  }

  /** How far it has come on its way out of the app; null when nobody outside was to get it. */
  get aggregatedDeliveryReceipt(): AggregatedDeliveryReceipt | null {
    return this.#shown.of('delivery', this.#cell.record.delivery, (delivery) =>
      delivery ? new AggregatedDeliveryReceipt(delivery) : null,
    )
  }

  /** @returns how far it has come to each participant outside of the app that there is a report of; rejects when refused */
  async getDetailedDeliveryReceipts(): Promise<DetailedDeliveryReceipt[]> {
    const { receipts } = await this.#live.query({ type: 'receipt.list', index: this.index })
    return receipts.map((receipt) => new DetailedDeliveryReceipt(this.#live.sid, receipt))
  }

  /** @returns what the template made of it: its richest form; null where there is none, or somebody changed what it says */
  getContentData(): CancellablePromise<ContentData | null> {
    return CancellablePromise.of(async () => {
      if (this.contentSid === null) return null
      return (await this.#live.query({ type: 'message.content', index: this.index })).content
    })
  }

  /** @returns what an outer channel said about it: null, since the server has no such channels yet */
  getChannelMetadata(): CancellablePromise<ChannelMetadata | null> {
    return CancellablePromise.of(async () => null)
  }

  /** @returns whom it went to as an e-mail: nobody, since the server sends none yet */
  async getMessageRecipients(): Promise<RecipientDescriptor[]> {
    return []
  }

  /** @returns who sent it; rejects when they are not in the conversation any more */
  getParticipant(): Promise<Participant> {
    return this.#live.participants.find(this.participantSid ?? this.author)
  }

  /** Removes the message. @returns this message; rejects when refused */
  async remove(): Promise<Message> {
    await this.#live.run({ type: 'message.remove', index: this.index })
    return this
  }

  /** Replaces the text. @returns this message; rejects when refused */
  async updateBody(body: string): Promise<Message> {
    requireString(body, 'body')
    return this.#update({ body })
  }

  /** Replaces the custom attributes. @returns this message; rejects when refused */
  async updateAttributes(attributes: unknown): Promise<Message> {
    return this.#update({ attributes: attributesText(attributes) })
  }

  async #update(fields: { readonly body: string } | { readonly attributes: string }): Promise<Message> {
    await this.#live.run({ type: 'message.update', index: this.index, ...fields })
    return this
  }

  #part(category: MediaCategory, type: string): Media | null {
    return this.#files([category]).find(({ contentType }) => contentType.split(';', 1)[0] === type) ?? null
  }

  #files(categories: readonly MediaCategory[]): Media[] {
    const { session } = this.#live
    const all = this.#shown.of('media', this.#cell.record.media, (files) => files.map((file) => new Media(file, session)))
    return all.filter(({ category }) => categories.includes(category))
  }

  protected override observed(isObserved: boolean): void {
    this.#live.messages.pin(this, isObserved)
  }
}

nameEvents(Message, 'updated')

/** Types by their names of 1.x. */
export declare namespace Message {
  export type Type = MessageType
  export type UpdateReason = MessageUpdateReason
  export type UpdatedEventArgs = MessageUpdatedEvent
}

export const cellOfMessage = Message.cellOf

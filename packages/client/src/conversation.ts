import { requireCount, requireOneOf, requireStringOrNull, requireText } from './arguments.ts'
import { attributesText, optionalAttributes } from './attributes.ts'
import type { CancellablePromise } from './cancellable-promise.ts'
import type { ConversationEvents, ConversationUpdatedEvent } from './client-events.ts'
import { Emitter, nameEvents } from './emitter.ts'
import { failure } from './errors.ts'
import type { LiveConversation } from './live/live-conversation.ts'
import { getUnreadMessagesCount, markAllRead, pageOf, setHorizon } from './live/reading.ts'
import type { SendMediaOptions } from './media-content.ts'
import type { Message } from './message.ts'
import { MessageBuilder } from './message-builder.ts'
import type { RecipientDescriptor } from './outer-channels.ts'
import { nothing, type Paginator, type PaginatorOptions } from './paginator.ts'
import { Participant } from './participant.ts'
import { type ParticipantBindingOptions, type ParticipantResponse, participantResponse } from './participant-binding.ts'
import type { ProgressListener } from './session/media-upload.ts'
import type { Session } from './session/session.ts'
import { Shown } from './shown.ts'
import { type SendEmailOptions, UnsentMessage } from './unsent-message.ts'
import type { ConversationUpdateReason } from './update-reasons.ts'

const MEGABYTE = 1024 * 1024
/** Types that a text of an e-mail can have. */
const EMAIL_TYPES = ['text/plain', 'text/html']

/** Which message was the last one. */
export interface LastMessage {
  index: number
  dateCreated: Date
}

/** How a conversation stands, and since when. */
export interface ConversationState {
  current: 'active' | 'inactive' | 'closed'
  dateUpdated: Date
}

/** Whether the user is in the conversation. */
export type ConversationStatus = 'notParticipating' | 'joined'

/** Whether the user receives pushes of the conversation. */
export type NotificationLevel = 'default' | 'muted'

/** What can be attached to messages. */
export interface ConversationLimits {
  mediaAttachmentsCountLimit: number
  mediaAttachmentSizeLimitInMb: number
  mediaAttachmentsTotalSizeLimitInMb: number
  emailHistoriesAllowedContentTypes: string[]
  emailBodiesAllowedContentTypes: string[]
}

/** Address of a conversation in e-mails. */
export interface ConversationEmailBinding {
  name?: string
  projected_address: string
}

/** Addresses that a conversation itself has. */
export interface ConversationBindings {
  email?: ConversationEmailBinding
  sms?: { address?: string }
}

/** What participants of a conversation may do. */
export interface Role {
  sid: string
  friendlyName: string
  /** Names of permissions, such as `sendMessage`. */
  permissions: string[]
  /** Whether the user may give it to participants, and take it from them. */
  isAssignable: boolean
}

/** How a message is sent, besides what it says. */
export interface SendOptions extends SendEmailOptions {
  /** Told how many bytes of the files are out. */
  readonly onProgress?: ProgressListener
}

/** A conversation. It stays up to date. */
export class Conversation extends Emitter<ConversationEvents> {
  declare static readonly messageAdded: 'messageAdded'
  declare static readonly messageRemoved: 'messageRemoved'
  declare static readonly messageUpdated: 'messageUpdated'
  declare static readonly participantJoined: 'participantJoined'
  declare static readonly participantLeft: 'participantLeft'
  declare static readonly participantUpdated: 'participantUpdated'
  declare static readonly removed: 'removed'
  declare static readonly typingEnded: 'typingEnded'
  declare static readonly typingStarted: 'typingStarted'
  declare static readonly updated: 'updated'

  readonly #live: LiveConversation
  readonly #shown = new Shown()

  /** @internal */
  constructor(live: LiveConversation) {
    super()
    this.#live = live
  }

  /** The conversation's unique system identifier. */
  get sid(): string {
    return this.#live.sid
  }

  get uniqueName(): string | null {
    return this.#view.uniqueName
  }

  get friendlyName(): string | null {
    return this.#view.friendlyName
  }

  /** The conversation's custom attributes. */
  // biome-ignore lint/suspicious/noExplicitAny: the documented type.
  get attributes(): any {
    return this.#shown.attributes(this.#view.attributes)
  }

  /** Identity of who created it. */
  get createdBy(): string {
    return this.#view.createdBy
  }

  get dateCreated(): Date {
    return this.#shown.date(this.#view, 'dateCreated')
  }

  get dateUpdated(): Date {
    return this.#shown.date(this.#view, 'dateUpdated')
  }

  /** Index of the last message that the user has read; null when they never read any. */
  get lastReadMessageIndex(): number | null {
    return this.#view.membership?.lastReadMessageIndex ?? null
  }

  /** The newest message; undefined when there is none. */
  get lastMessage(): LastMessage | undefined {
    return this.#shown.of('lastMessage', this.#view.lastMessage, (last) =>
      last ? { index: last.index, dateCreated: new Date(last.dateCreated) } : undefined,
    )
  }

  /** Whether the user receives pushes of it. */
  get notificationLevel(): NotificationLevel {
    return this.#view.membership?.notificationLevel ?? 'default'
  }

  get status(): ConversationStatus {
    return this.#view.membership ? 'joined' : 'notParticipating'
  }

  get state(): ConversationState {
    const { state: current, stateUpdated } = this.#view
    return this.#shown.of('state', current + stateUpdated, () => ({ current, dateUpdated: new Date(stateUpdated) }))
  }

  /** Adds a participant. @returns the participant; rejects when refused */
  async add(identity: string, attributes?: unknown): Promise<ParticipantResponse> {
    requireText(identity, 'identity')
    const { participant } = await this.#live.run({ type: 'participant.add', identity, ...optionalAttributes(attributes) })
    return participantResponse(this.#live.session, this.sid, participant)
  }

  /**
   * Adds somebody who takes part by SMS, WhatsApp, RCS or e-mail.
   *
   * @param proxyAddress number or mailbox that speaks to them for the conversation
   * @param address theirs: `+15551234567`, `whatsapp:+15551234567`, `rcs:+15551234567` or `ann@example.com`
   * @param attributes custom attributes of the participant
   * @param bindingOptions their name in e-mails, and whether these go to them or are copied to them
   * @returns the participant; rejects when refused: 50416 when the two addresses are in another open conversation
   */
  async addNonChatParticipant(
    proxyAddress: string,
    address: string,
    attributes?: unknown,
    bindingOptions?: ParticipantBindingOptions,
  ): Promise<ParticipantResponse> {
    requireText(proxyAddress, 'proxyAddress')
    requireText(address, 'address')
    const { name, level } = bindingOptions?.email ?? {}
    const { participant } = await this.#live.run({
      type: 'participant.addNonChat',
      proxyAddress,
      address,
      ...optionalAttributes(attributes),
      ...(name !== undefined && { name }),
      ...(level !== undefined && { level }),
    })
    return participantResponse(this.#live.session, this.sid, participant)
  }

  /**
   * Sets how far the user has read, unless they have read further.
   *
   * @returns how many messages are unread then; rejects when the user is not in the conversation
   */
  async advanceLastReadMessageIndex(index: number): Promise<number> {
    requireCount(index, 'index')
    return setHorizon(this.#live, index, true)
  }

  /** Deletes the conversation with all that is in it. @returns this conversation; rejects when refused */
  async delete(): Promise<Conversation> {
    await this.#live.run({ type: 'conversation.delete' })
    return this
  }

  /** @returns the custom attributes */
  // biome-ignore lint/suspicious/noExplicitAny: the documented type.
  async getAttributes(): Promise<any> {
    return this.attributes
  }

  /**
   * Reads messages.
   *
   * @param pageSize how many at once; at most 100
   * @param anchor index of the message to begin with; the end (the start when forward) by default
   * @param direction towards older or newer messages
   * @returns the first page, its messages in the order of their index; rejects when the user may not read them
   */
  async getMessages(
    pageSize = 30,
    anchor?: number,
    direction: 'backwards' | 'forward' = 'backwards',
  ): Promise<Paginator<Message>> {
    requireCount(pageSize, 'pageSize', 1)
    if (anchor !== undefined) requireCount(anchor, 'anchor')
    requireOneOf(direction, ['backwards', 'forward'], 'direction')
    return pageOf(this.#live, pageSize, anchor, direction)
  }

  /** @returns how many messages there are */
  async getMessagesCount(): Promise<number> {
    return (await this.#live.counted()).messagesCount
  }

  /** @returns the participant; rejects when the identity is not in the conversation */
  async getParticipantByIdentity(identity?: string | null): Promise<Participant> {
    if (identity === undefined || identity === null) throw failure('participantNotFound')
    requireText(identity, 'identity')
    return this.#live.participants.find(identity)
  }

  /** @returns the participant; rejects when there is none with this SID */
  async getParticipantBySid(participantSid: string): Promise<Participant> {
    requireText(participantSid, 'participantSid')
    return this.#live.participants.find(participantSid)
  }

  /** @returns all participants, in the order of joining; rejects when the user may not see them */
  getParticipants(): Promise<Participant[]> {
    return this.#live.participants.all()
  }

  /** @returns how many participants there are */
  async getParticipantsCount(): Promise<number> {
    return (await this.#live.counted()).participantsCount
  }

  /** @returns the roles that participants can have, with whether the user may give them; rejects when the user may not see them */
  async getRoles(): Promise<Role[]> {
    return (await this.#live.query({ type: 'role.list' })).roles
  }

  /** @returns how many messages are unread, null if the user never read any; rejects when they are not in the conversation */
  async getUnreadMessagesCount(): Promise<number | null> {
    return getUnreadMessagesCount(this.#live)
  }

  /** Joins the conversation. @returns this conversation; rejects when refused */
  async join(): Promise<Conversation> {
    if (!this.#view.membership) await this.#live.join()
    return this
  }

  /** Leaves the conversation. @returns this conversation, also when the user was not in it; rejects when refused */
  async leave(): Promise<Conversation> {
    const participant = this.#view.membership?.participantSid
    if (!participant) return this
    await this.#live.run({ type: 'participant.remove', participant }).catch((error) => {
      // Otherwise another device of the user was first. Its events came before this refusal.
      if (this.#view.membership?.participantSid === participant) throw error
    })
    return this
  }

  /** Removes somebody. @param participant an identity, a SID or the object. Rejects when refused */
  async removeParticipant(participant: string | Participant): Promise<void> {
    const name = participant instanceof Participant ? participant.sid : participant
    requireText(name, 'participant')
    await this.#live.run({ type: 'participant.remove', participant: name })
  }

  /** Addresses that the conversation itself has: the one that a back end gave it for e-mails, with its name. */
  get bindings(): ConversationBindings {
    return this.#shown.of('bindings', this.#view.bindings, (bindings) => ({ ...bindings }))
  }

  /** What can be attached to messages here; all zero before the client is initialized. */
  get limits(): ConversationLimits {
    return this.#shown.of('limits', this.#live.session.settings, limitsOf)
  }

  /** @returns what puts a message together that has more than a text: several files, a subject, parts of an e-mail */
  prepareMessage(): MessageBuilder {
    return new MessageBuilder(new UnsentMessage(this.#live))
  }

  /**
   * Sends a message. A text keeps its place among the others; one with files takes its place when they are there, and holds nobody
   * up meanwhile.
   *
   * @param message the text, null for none, a file, or a form with files
   * @param messageAttributes custom attributes of the message
   * @param options subject, and who is told how far the files are
   * @returns its index, after `messageAdded` was told; rejects when refused. `cancel()` has an effect until the files are there
   */
  sendMessage(
    message: string | FormData | SendMediaOptions | null,
    messageAttributes?: unknown,
    options?: SendOptions | null,
  ): CancellablePromise<number> {
    const { subject, onProgress } = options ?? {}
    const unsent = new UnsentMessage(this.#live)
    unsent.attributes = messageAttributes
    if (subject !== undefined) unsent.emailOptions = { subject }
    if (typeof message === 'string') unsent.text = message
    else if (message !== null) unsent.mediaContent = [['media', message]]
    return unsent.send(onProgress)
  }

  /** @returns who e-mails among the messages went to: an empty page, since the server sends none yet */
  async getMessageRecipients(_options?: PaginatorOptions): Promise<Paginator<RecipientDescriptor>> {
    return nothing()
  }

  /** Sets the horizon to the newest message. @returns how many messages are unread then */
  setAllMessagesRead(): Promise<number> {
    return markAllRead(this.#live)
  }

  /** Takes the horizon away. @returns how many messages are unread then */
  setAllMessagesUnread(): Promise<number> {
    return setHorizon(this.#live, null, false)
  }

  /** Mutes or unmutes the conversation for the user. Rejects when refused. */
  async setUserNotificationLevel(notificationLevel: NotificationLevel): Promise<void> {
    requireOneOf(notificationLevel, ['default', 'muted'], 'notificationLevel')
    await this.#live.run({ type: 'membership.update', notificationLevel })
  }

  /** Tells the others that the user types. Call it at every key: it is sent as seldom as possible. */
  typing(): Promise<void> {
    return this.#live.typing.tell(() => this.#live.session.type(this.sid))
  }

  /** Replaces the custom attributes. @returns this conversation; rejects when refused */
  async updateAttributes(attributes: unknown): Promise<Conversation> {
    return this.#update({ attributes: attributesText(attributes) })
  }

  /** Renames the conversation; null removes the name. @returns this conversation; rejects when refused */
  async updateFriendlyName(friendlyName: string | null): Promise<Conversation> {
    requireStringOrNull(friendlyName, 'friendlyName')
    return this.#update({ friendlyName })
  }

  /**
   * Sets how far the user has read, also backwards; null is `setAllMessagesUnread`.
   *
   * @returns how many messages are unread then; rejects when the user is not in the conversation
   */
  async updateLastReadMessageIndex(index: number | null): Promise<number> {
    if (index !== null) requireCount(index, 'index')
    return setHorizon(this.#live, index, false)
  }

  /** Sets the unique name; null removes it. @returns this conversation; rejects when refused */
  async updateUniqueName(uniqueName: string | null): Promise<Conversation> {
    requireStringOrNull(uniqueName, 'uniqueName')
    return this.#update({ uniqueName })
  }

  get #view() {
    return this.#live.stream.view
  }

  async #update(changes: {
    attributes?: string
    friendlyName?: string | null
    uniqueName?: string | null
  }): Promise<Conversation> {
    await this.#live.run({ type: 'conversation.update', ...changes })
    return this
  }
}

nameEvents(
  Conversation,
  'messageAdded',
  'messageRemoved',
  'messageUpdated',
  'participantJoined',
  'participantLeft',
  'participantUpdated',
  'removed',
  'typingEnded',
  'typingStarted',
  'updated',
)

function limitsOf(settings: Session['settings']): ConversationLimits {
  const { perMessage = 0, fileBytes = 0, messageBytes = 0 } = settings?.media ?? {}
  return {
    mediaAttachmentsCountLimit: perMessage,
    mediaAttachmentSizeLimitInMb: fileBytes / MEGABYTE,
    mediaAttachmentsTotalSizeLimitInMb: messageBytes / MEGABYTE,
    emailHistoriesAllowedContentTypes: [...EMAIL_TYPES],
    emailBodiesAllowedContentTypes: [...EMAIL_TYPES],
  }
}

type Level = NotificationLevel
type Content = SendMediaOptions
type Last = LastMessage

/** Types by their names of 1.x. */
export declare namespace Conversation {
  export type LastMessage = Last
  export type NotificationLevel = Level
  export type SendMediaOptions = Content
  export type State = ConversationState | undefined
  export type Status = ConversationStatus
  export type UpdateReason = ConversationUpdateReason
  export type UpdatedEventArgs = ConversationUpdatedEvent
}

import type { ConversationEvent, ProfileUpdated, UserEvent } from '@conversa/protocol'
import type { Tx, UserKey } from '../ports/store.ts'
import { restarted } from '../records/conversation-timers.ts'
import type { OutboxDraft } from '../records/outbox-entry.ts'
import type {
  AccountRecord,
  AddressConfigurationRecord,
  ContentTemplateRecord,
  ConversationRecord,
  DeliveryCounts,
  MediaRecord,
  MessageRecord,
  OptOutRecord,
  ParticipantRecord,
  PushCredentialRecord,
  PushRegistrationRecord,
  ReceiptRecord,
  RoleRecord,
  ServiceRecord,
  UserRecord,
  WebhookRecord,
} from '../records/records.ts'
import { type AnswerDraft, keepGiven } from './opt-out-answer.ts'
import {
  conversationBindings,
  conversationView,
  deliveryView,
  messageView,
  participantView,
  receiptView,
  userView,
} from './views.ts'

/** An event with the tenant it belongs to: what is handed out after the commit. */
export interface Published {
  readonly serviceSid: string
  readonly event: ConversationEvent | UserEvent | ProfileUpdated
  /** The rows of a change as they are afterwards, where it was made: webhooks are told more of them than clients. */
  readonly rows?: { readonly conversation: ConversationRecord; readonly participant?: ParticipantRecord }
}

/** Messages that one webhook is told of although they are not new. */
export interface Replay {
  readonly webhook: WebhookRecord
  readonly conversation: ConversationRecord
  readonly messages: readonly MessageRecord[]
}

/** What was decided, ready to be stored and told. */
export interface Written {
  /** What is handed out after the commit. */
  readonly published: readonly Published[]
  /** Users who can be reached by push now and could not before, or the other way round: there is no event that says so. */
  readonly registered: readonly UserKey[]
  /** SIDs of services whose settings changed. */
  readonly reconfigured: readonly string[]
  /** Webhooks that come to be with this change, and hear of it already. */
  readonly attached: readonly WebhookRecord[]
  readonly replays: readonly Replay[]
  /** What leaves the server besides what follows from events. */
  readonly outgoing: readonly OutboxDraft[]
  /** Whether it was set anew who hears of events. */
  readonly isListenedAnew: boolean
  write(tx: Tx): void
}

/** An event before it has its place: without the revision and the scope that number it. */
type Unplaced<E, ScopeName extends string> = E extends unknown ? Omit<E, 'revision' | ScopeName> : never

/**
 * What one command changes: rows and events are made here together, so that no row moves without its event and revisions follow
 * one another (G3). Deciding fills it, `write` stores it, `published` is handed out after the commit.
 */
export class Changes implements Written {
  readonly published: Published[] = []
  readonly registered: UserKey[] = []
  readonly reconfigured: string[] = []
  readonly attached: WebhookRecord[] = []
  readonly replays: Replay[] = []
  readonly outgoing: OutboxDraft[] = []
  isListenedAnew = false
  readonly #before: ConversationRecord | undefined
  #conversation: ConversationRecord | undefined
  #deleted = false
  readonly #users = new Map<string, UserRecord>()
  readonly #writes: ((tx: Tx) => void)[] = []

  /** @param conversation the conversation as it stands before, if the command is about one */
  constructor(conversation?: ConversationRecord) {
    this.#before = conversation
    this.#conversation = conversation
  }

  /** The conversation as it stands after what was added so far. */
  get conversation(): ConversationRecord {
    if (!this.#conversation) throw new Error('unable to change a conversation: none was given')
    return this.#conversation
  }

  conversationCreated(conversation: ConversationRecord): void {
    this.#conversation = { ...conversation, revision: 0 }
    this.#inConversation({ type: 'conversation.created', conversation: conversationView({ ...conversation, revision: 1 }) }, {})
  }

  /** @param kept what no client hears of, as it is afterwards */
  conversationUpdated(
    changes: Partial<Pick<ConversationRecord, 'uniqueName' | 'friendlyName' | 'attributes' | 'state' | 'dateCreated' | 'email'>>,
    at: number,
    kept: Partial<Pick<ConversationRecord, 'timers' | 'messagingServiceSid'>> = {},
  ): void {
    const moved = changes.state === undefined ? kept : { ...kept, stateUpdated: at }
    const { email, ...others } = changes
    const told = email === undefined ? others : { ...others, bindings: conversationBindings(email) }
    this.#inConversation(
      { type: 'conversation.updated', changes: told, dateUpdated: at },
      { ...changes, ...moved, dateUpdated: at },
    )
  }

  conversationDeleted(): void {
    this.#deleted = true
    this.#inConversation({ type: 'conversation.deleted' }, {})
  }

  /** @param user undefined when they are not in the app */
  participantJoined(participant: ParticipantRecord, user?: UserRecord): void {
    this.#writes.push((tx) => tx.saveParticipant(participant))
    this.#inConversation(
      { type: 'participant.joined', participant: participantView(participant) },
      this.#counted(participant, 1),
      participant,
    )
    if (!user) return
    this.#ofUser(user, { type: 'membership.added', conversation: conversationView(this.conversation, participant, null) })
  }

  participantUpdated(
    participant: ParticipantRecord,
    changes: Partial<Pick<ParticipantRecord, 'attributes' | 'roleSid' | 'dateCreated'>>,
    at: number,
  ): ParticipantRecord {
    const next = { ...participant, ...changes, dateUpdated: at }
    this.#writes.push((tx) => tx.saveParticipant(next))
    this.#inConversation({ type: 'participant.updated', participantSid: participant.sid, changes, dateUpdated: at }, {}, next)
    return next
  }

  /** How a participant is reached has changed; who is in the app hears of it as far as they see it. */
  participantRebound(participant: ParticipantRecord): void {
    const { sid: participantSid, dateUpdated } = participant
    const { binding } = participantView(participant)
    this.#writes.push((tx) => tx.saveParticipant(participant))
    this.#inConversation(
      { type: 'participant.updated', participantSid, changes: {}, ...(binding && { binding }), dateUpdated },
      {},
      participant,
    )
  }

  /**
   * Somebody outside wrote what their programs know by a name. It shows nowhere, so nobody hears of it.
   *
   * @param participant as it stands after what was added so far
   */
  threadContinued(participant: ParticipantRecord, newest: string): void {
    const thread = { first: participant.thread?.first ?? newest, newest }
    this.#writes.push((tx) => tx.saveParticipant({ ...participant, thread }))
  }

  /** @param unread exact count of messages above the new horizon; null when it is reset */
  horizonMoved(
    participant: ParticipantRecord,
    user: UserRecord | undefined,
    horizon: Pick<ParticipantRecord, 'lastReadMessageIndex' | 'lastReadTimestamp'>,
    unread: number | null,
    at: number,
  ): ParticipantRecord {
    const next = { ...participant, ...horizon, dateUpdated: at }
    this.#writes.push((tx) => tx.saveParticipant(next))
    this.#inConversation(
      { type: 'participant.updated', participantSid: participant.sid, changes: horizon, unread, dateUpdated: at },
      {},
      next,
    )
    if (user) this.#ofUser(user, { type: 'membership.updated', conversationSid: participant.conversationSid, changes: horizon })
    return next
  }

  participantLeft(participant: ParticipantRecord, user: UserRecord | undefined): void {
    this.#writes.push((tx) => tx.removeParticipant(participant))
    this.#inConversation(
      { type: 'participant.left', participantSid: participant.sid, identity: participant.identity },
      this.#counted(participant, -1),
      participant,
    )
    if (user) this.membershipEnded(user, participant.conversationSid, 'left')
  }

  membershipEnded(user: UserRecord, conversationSid: string, reason: 'left' | 'deleted'): void {
    this.#ofUser(user, { type: 'membership.removed', conversationSid, reason })
  }

  membershipUpdated(
    participant: ParticipantRecord,
    user: UserRecord,
    changes: Pick<ParticipantRecord, 'notificationLevel'>,
  ): void {
    const next = { ...participant, ...changes }
    this.#writes.push((tx) => tx.saveParticipant(next))
    this.#ofUser(user, { type: 'membership.updated', conversationSid: participant.conversationSid, changes })
  }

  /**
   * @param at when it was said, whatever its dates say: the timers of the conversation count from then
   * @param files that go into the message
   */
  messageAdded(message: Omit<MessageRecord, 'revision'>, at: number, files: readonly MediaRecord[] = []): void {
    const { messagesCount, revision, activity, timers } = this.conversation
    const { index, dateCreated, conversationSid } = message
    for (const file of files) this.#saveMedia({ ...file, state: 'sent', message: { conversationSid, index } })
    const record: MessageRecord = { ...message, revision: revision + 1 }
    this.#writes.push((tx) => tx.addMessage(record))
    this.#numbered(
      { type: 'message.added', conversationSid: record.conversationSid, revision: record.revision, message: messageView(record) },
      {
        nextIndex: index + 1,
        messagesCount: messagesCount + 1,
        lastMessage: { index, dateCreated },
        // What is imported may be older than what was said here last.
        activity: Math.max(activity, dateCreated),
        timers: restarted(timers, at),
      },
    )
  }

  messageUpdated(
    message: MessageRecord,
    changes: Partial<Pick<MessageRecord, 'author' | 'participantSid' | 'subject' | 'attributes' | 'dateCreated'>> & {
      readonly body?: string
    },
    lastUpdatedBy: string,
    at: number,
  ): void {
    const next = { ...message, ...changes, lastUpdatedBy, dateUpdated: at }
    const { index, dateCreated } = next
    const redated = changes.dateCreated !== undefined && this.conversation.lastMessage?.index === index
    this.#writes.push((tx) => tx.saveMessage(next))
    this.#inConversation(
      { type: 'message.updated', index, changes, lastUpdatedBy, dateUpdated: at },
      redated ? { lastMessage: { index, dateCreated } } : {},
    )
  }

  /**
   * @param lastMessage the newest message that remains
   * @param files that the message had
   */
  messageRemoved(
    message: MessageRecord,
    lastMessage: ConversationRecord['lastMessage'],
    files: readonly MediaRecord[] = [],
  ): void {
    const { index, sid } = message
    const nothing = { body: null, subject: null, media: [], attributes: '{}', lastUpdatedBy: null, content: null, delivery: null }
    if (message.delivery) this.#writes.push((tx) => tx.removeReceipts(message.conversationSid, index))
    const tombstone = { ...message, ...nothing, removed: true }
    for (const file of files) this.#saveMedia({ ...file, state: 'removed', key: null, message: null })
    const messagesCount = this.conversation.messagesCount - 1
    this.#writes.push((tx) => tx.saveMessage(tombstone))
    this.#inConversation({ type: 'message.removed', index, sid, lastMessage }, { messagesCount, lastMessage })
  }

  /** @param delivery how the message stands with it */
  receiptRecorded(message: MessageRecord, receipt: ReceiptRecord, delivery: DeliveryCounts): void {
    this.#writes.push((tx) => {
      tx.saveReceipt(receipt)
      tx.saveMessage({ ...message, delivery })
    })
    const told = { receipt: receiptView(receipt, message.sid), delivery: deliveryView(delivery) }
    this.#inConversation({ type: 'receipt.recorded', index: message.index, ...told }, {})
  }

  userCreated(user: UserRecord): void {
    this.#ofUser(user, { type: 'user.created', user: userView(user) })
  }

  userUpdated(user: UserRecord, changes: Partial<Pick<UserRecord, 'friendlyName' | 'attributes' | 'roleSid'>>, at: number): void {
    const next = { ...user, ...changes, dateUpdated: at }
    this.#ofUser(next, { type: 'user.updated', changes, dateUpdated: at })
    this.published.push({ serviceSid: user.serviceSid, event: { type: 'profile.updated', user: userView(next) } })
  }

  /** @param before all that the owner has */
  pushRegistered(record: PushRegistrationRecord, before: readonly PushRegistrationRecord[]): void {
    this.#writes.push((tx) => tx.savePushRegistration(record))
    if (before.length === 0) this.registered.push(record)
  }

  /** @param before all that the owner has */
  pushUnregistered(record: PushRegistrationRecord, before: readonly PushRegistrationRecord[]): void {
    this.#writes.push((tx) => tx.removePushRegistration(record.sid))
    if (before.length === 1) this.registered.push(record)
  }

  /** The user's record goes with all that is kept of them; their memberships have ended before. */
  userRemoved(user: UserRecord): void {
    this.#users.set(user.identity, user)
    this.#writes.push((tx) => tx.removeUser(user))
  }

  /** A user as they stand after what was added so far. */
  userAfter(user: UserRecord): UserRecord {
    return this.#users.get(user.identity) ?? user
  }

  accountSaved(account: AccountRecord): void {
    this.#writes.push((tx) => tx.saveAccount(account))
  }

  serviceSaved(service: ServiceRecord): void {
    this.#writes.push((tx) => tx.saveService(service))
  }

  serviceReconfigured(service: ServiceRecord): void {
    this.serviceSaved(service)
    this.reconfigured.push(service.sid)
  }

  roleSaved(role: RoleRecord): void {
    this.#writes.push((tx) => tx.saveRole(role))
  }

  roleRemoved(role: RoleRecord): void {
    this.#writes.push((tx) => tx.removeRole(role))
  }

  /** Somebody outside is told something that is no message. */
  answered(draft: AnswerDraft): void {
    this.outgoing.push(draft)
    this.#writes.push((tx) => keepGiven(tx, draft))
  }

  optedOut(record: OptOutRecord): void {
    this.#writes.push((tx) => tx.saveOptOut(record))
  }

  optedIn({ accountSid, ...addresses }: OptOutRecord): void {
    this.#writes.push((tx) => tx.removeOptOut(accountSid, addresses))
  }

  addressConfigurationSaved(configuration: AddressConfigurationRecord): void {
    this.#writes.push((tx) => tx.saveAddressConfiguration(configuration))
  }

  addressConfigurationRemoved({ sid }: AddressConfigurationRecord): void {
    this.#writes.push((tx) => tx.removeAddressConfiguration(sid))
  }

  contentTemplateSaved(template: ContentTemplateRecord): void {
    this.#writes.push((tx) => tx.saveContentTemplate(template))
  }

  contentTemplateRemoved({ sid }: ContentTemplateRecord): void {
    this.#writes.push((tx) => tx.removeContentTemplate(sid))
  }

  pushCredentialSaved(credential: PushCredentialRecord): void {
    this.#writes.push((tx) => tx.savePushCredential(credential))
  }

  pushCredentialRemoved({ sid }: PushCredentialRecord): void {
    this.#writes.push((tx) => tx.removePushCredential(sid))
  }

  webhookSaved(webhook: WebhookRecord): void {
    this.isListenedAnew = true
    this.#writes.push((tx) => tx.saveWebhook(webhook))
  }

  /** Tells a webhook of messages although they are not new. */
  webhookReplayed(replay: Replay): void {
    if (replay.messages.length > 0) this.replays.push(replay)
  }

  /** A webhook of the conversation that this change begins: it hears of the beginning too. */
  webhookAttached(webhook: WebhookRecord): void {
    this.webhookSaved(webhook)
    this.attached.push(webhook)
  }

  webhookRemoved(webhook: WebhookRecord): void {
    this.#writes.push((tx) => tx.removeWebhook(webhook))
  }

  /** Stores everything: the conversation's row and each user's once, however many events there were. */
  write(tx: Tx): void {
    if (this.#conversation && this.#deleted) tx.removeConversation(this.#conversation)
    else if (this.#conversation && this.#conversation !== this.#before) tx.saveConversation(this.#conversation)
    for (const user of this.#users.values()) tx.saveUser(user)
    for (const write of this.#writes) write(tx)
  }

  /** The counters of the conversation with one participant more or less. */
  #counted({ binding }: ParticipantRecord, change: 1 | -1): Pick<ConversationRecord, 'participantsCount' | 'nonChatCount'> {
    const { participantsCount, nonChatCount } = this.conversation
    return { participantsCount: participantsCount + change, nonChatCount: binding ? nonChatCount + change : nonChatCount }
  }

  /** What becomes of a file is said by the event of its message. */
  #saveMedia(record: MediaRecord): void {
    this.#writes.push((tx) => tx.saveMedia(record))
  }

  /** @param participant whom the event is about */
  #inConversation(
    event: Unplaced<ConversationEvent, 'conversationSid'>,
    fields: Partial<ConversationRecord>,
    participant?: ParticipantRecord,
  ): void {
    const { sid, revision } = this.conversation
    const numbered = { ...event, conversationSid: sid, revision: revision + 1 } as ConversationEvent
    this.#numbered(numbered, fields, participant)
    if (!this.#deleted) this.#writes.push((tx) => tx.logConversationEvent(numbered))
  }

  #numbered(event: ConversationEvent, fields: Partial<ConversationRecord>, participant?: ParticipantRecord): void {
    const conversation = { ...this.conversation, ...fields, revision: event.revision }
    this.#conversation = conversation
    const rows = { conversation, ...(participant && { participant }) }
    this.published.push({ serviceSid: conversation.serviceSid, event, rows })
  }

  #ofUser(user: UserRecord, event: Unplaced<UserEvent, 'identity'>): void {
    const { serviceSid, identity } = user
    const revision = (this.#users.get(identity)?.revision ?? user.revision) + 1
    this.#users.set(identity, { ...user, revision })
    const numbered = { ...event, identity, revision } as UserEvent
    this.#writes.push((tx) => tx.logUserEvent(serviceSid, numbered))
    this.published.push({ serviceSid, event: numbered })
  }
}

/** Changes in several conversations at once, stored together and told in their order. */
export function together(parts: readonly Changes[]): Written {
  return {
    published: parts.flatMap(({ published }) => published),
    registered: parts.flatMap(({ registered }) => registered),
    reconfigured: parts.flatMap(({ reconfigured }) => reconfigured),
    attached: parts.flatMap(({ attached }) => attached),
    replays: parts.flatMap(({ replays }) => replays),
    outgoing: parts.flatMap(({ outgoing }) => outgoing),
    isListenedAnew: parts.some(({ isListenedAnew }) => isListenedAnew),
    write(tx) {
      for (const part of parts) part.write(tx)
    },
  }
}

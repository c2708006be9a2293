import type { ConversationEvent, ConversationState, KnownRevision, ListCursor, PushChannel, UserEvent } from '@conversa/protocol'
import type { DeviceCursor, OutboxDraft, OutboxEntry, OutboxKind, OutboxQueue } from '../records/outbox-entry.ts'
import type {
  AccountRecord,
  AddressConfigurationRecord,
  AddressPair,
  AddressType,
  BindingRecord,
  ChannelPartRecord,
  ContentTemplateRecord,
  ConversationRecord,
  MediaRecord,
  MessageRecord,
  OptOutAnswerRecord,
  OptOutRecord,
  OptOutWord,
  ParticipantRecord,
  PushCredentialRecord,
  PushRegistrationRecord,
  ReceiptRecord,
  RoleRecord,
  ServiceRecord,
  UserRecord,
  WebhookRecord,
} from '../records/records.ts'
import type { Feed } from './bus.ts'

/** An answer that an embedded store has at once and a remote one later. */
export type Awaitable<T> = T | Promise<T>

/**
 * What a command changes: `settings` is all that services and accounts have set. Scopes are locked conversations first, then users, then
 * the others, each in the order of their names.
 */
export type Scope =
  | { readonly conversation: string }
  | { readonly user: UserKey }
  | { readonly addresses: AddressPair }
  | { readonly settings: true }

export interface UserKey {
  readonly serviceSid: string
  readonly identity: string
}

/** A participant with the conversation they are in. */
export interface MembershipRow {
  readonly conversation: ConversationRecord
  readonly participant: ParticipantRecord
}

/** A receipt with the conversation of its message. */
export interface PlacedReceipt {
  readonly conversation: ConversationRecord
  readonly receipt: ReceiptRecord
}

/** Entries of the outbox: what waits to be sent, and dead letters. */
export interface OutboxCounts {
  readonly waiting: number
  readonly dead: number
}

/** The answer that a command with a key got, kept for whoever repeats it. */
export interface KeptAnswer {
  /** Distinguishes the same key with another request. */
  readonly fingerprint: string
  readonly answer: string
  readonly dateCreated: number
  /** When it may be forgotten, milliseconds since 1970; never when it does not say. */
  readonly expires?: number | undefined
}

/** Conversations of a service, newest first. */
export interface ConversationRange {
  /** Where the page before ended. */
  readonly after?: { readonly dateCreated: number; readonly sid: string } | undefined
  /** When they were created, both included; milliseconds since 1970. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly state?: ConversationState | undefined
  readonly limit: number
}

/** Messages in the order of their index, without tombstones. */
export interface MessageRange {
  /** The first index to look at. */
  readonly from: number
  readonly direction: 'backwards' | 'forward'
  readonly limit: number
}

/** Push registrations of a service, after one. */
export interface PushRegistrationRange {
  readonly after?: string | undefined
  /** Of these users only. */
  readonly identities?: readonly string[] | undefined
  /** On these channels only. */
  readonly channelTypes?: readonly string[] | undefined
  readonly limit: number
}

/** A device with the participant whose it is. */
export interface DeviceRow {
  readonly participant: ParticipantRecord
  readonly registration: PushRegistrationRecord
}

/** Where a page of participations ended. */
export interface ParticipationCursor {
  readonly conversationSid: string
  readonly participantSid: string
}

/** Configured addresses of an account, after one. */
export interface AddressConfigurationRange {
  readonly after?: string | undefined
  /** On this channel only. */
  readonly type?: AddressType | undefined
  readonly limit: number
}

/** What can be read, within a transaction or without. */
export interface Reads {
  /** What an account has set; undefined as long as that is nothing. */
  account(sid: string): Awaitable<AccountRecord | undefined>
  service(sid: string): Awaitable<ServiceRecord | undefined>
  /** Services of an account in the order of their SIDs, after one. */
  services(accountSid: string, after: string | undefined, limit: number): Awaitable<readonly ServiceRecord[]>
  roles(serviceSid: string): Awaitable<ReadonlyMap<string, RoleRecord>>
  /** Whether a user or a participant of the service has a role. */
  isRoleHeld(serviceSid: string, roleSid: string): Awaitable<boolean>
  user(key: UserKey): Awaitable<UserRecord | undefined>
  userBySid(serviceSid: string, sid: string): Awaitable<UserRecord | undefined>
  /** Whether some service, whichever it is, has a user with this SID. */
  hasUser(sid: string): Awaitable<boolean>
  /** Users of a service in the order of their SIDs, after one. */
  users(serviceSid: string, after: string | undefined, limit: number): Awaitable<readonly UserRecord[]>
  /** The last revision of a user of that name who was removed; 0 when there was none. */
  departedRevision(key: UserKey): Awaitable<number>
  conversations(serviceSid: string, range: ConversationRange): Awaitable<readonly ConversationRecord[]>
  conversation(serviceSid: string, sid: string): Awaitable<ConversationRecord | undefined>
  /** Whether some service, whichever it is, has a conversation with this SID. */
  hasConversation(sid: string): Awaitable<boolean>
  conversationByName(serviceSid: string, uniqueName: string): Awaitable<ConversationRecord | undefined>
  /** Conversations of all services whose next transition is due by a time (milliseconds since 1970), the one that waits longest first. */
  conversationsDue(by: number, limit: number): Awaitable<readonly ConversationRecord[]>
  participant(conversationSid: string, sid: string): Awaitable<ParticipantRecord | undefined>
  participantOf(conversationSid: string, identity: string): Awaitable<ParticipantRecord | undefined>
  /**
   * Somebody outside of the app by their address, of several by different proxies the one with the smallest SID.
   *
   * @param proxyAddress the one that speaks to them; any when it is not given
   */
  participantAt(conversationSid: string, address: string, proxyAddress?: string): Awaitable<ParticipantRecord | undefined>
  /** Participants in the order of their SIDs, after one. */
  participants(conversationSid: string, after: string | undefined, limit: number): Awaitable<readonly ParticipantRecord[]>
  /** Those outside of the app in the order of their SIDs; never more than there may be. */
  nonChatParticipants(conversationSid: string): Awaitable<readonly ParticipantRecord[]>
  /** The conversations that are not closed, of whatever service, where somebody takes part from this address by this proxy, or by none. */
  openConversationsOf(addresses: Pick<BindingRecord, 'address' | 'proxyAddress'>): Awaitable<readonly ConversationRecord[]>
  /** A message or its tombstone. */
  message(conversationSid: string, index: number): Awaitable<MessageRecord | undefined>
  /** The same by its SID, which an imported one brought along. */
  messageBySid(conversationSid: string, sid: string): Awaitable<MessageRecord | undefined>
  messageByKey(conversationSid: string, author: string, key: string): Awaitable<MessageRecord | undefined>
  messages(conversationSid: string, range: MessageRange): Awaitable<readonly MessageRecord[]>
  /** The receipts of a message in the order of their SIDs; never more than participants outside of the app may be. */
  receipts(conversationSid: string, index: number): Awaitable<readonly ReceiptRecord[]>
  /** The receipt of what is called so on its channel, and where it is. */
  receiptCalled(channelMessageSid: string): Awaitable<PlacedReceipt | undefined>
  /** Whether and since when somebody outside wants nothing more from an address of an account; both in their canonical form. */
  optOut(accountSid: string, addresses: AddressPair): Awaitable<OptOutRecord | undefined>
  /** Those of an account in the order of our addresses, and of theirs for each of them, after one. */
  optOuts(accountSid: string, after: AddressPair | undefined, limit: number): Awaitable<readonly OptOutRecord[]>
  /** When somebody was last told something who wrote a word, if that is still kept. */
  optOutAnswer(accountSid: string, addresses: AddressPair, word: OptOutWord): Awaitable<OptOutAnswerRecord | undefined>
  /** The parts that an adapter keeps, the message that came first before the others, and in the order of their numbers. */
  channelParts(adapter: string): Awaitable<readonly ChannelPartRecord[]>
  /** How many tombstones have a higher index. */
  tombstonesAbove(conversationSid: string, index: number): Awaitable<number>
  /** A user's conversations, newest activity first, after a place in that order. */
  memberships(key: UserKey, after: ListCursor | undefined, limit: number): Awaitable<readonly MembershipRow[]>
  /** The same in the order of the conversations' SIDs, which no message changes, after one. */
  membershipsBySid(key: UserKey, after: string | undefined, limit: number): Awaitable<readonly MembershipRow[]>
  /** The same backwards: those before one, the last SID first. */
  membershipsBefore(key: UserKey, before: string | undefined, limit: number): Awaitable<readonly MembershipRow[]>
  /**
   * Where somebody outside of the app takes part from an address, in the order of the conversations' SIDs; in one of them several times
   * when by several proxies, then in the order of the participants' SIDs.
   */
  participationsAt(
    serviceSid: string,
    address: string,
    after: ParticipationCursor | undefined,
    limit: number,
  ): Awaitable<readonly MembershipRow[]>
  /** The SIDs of all conversations that a user is in. */
  membershipSids(key: UserKey): Awaitable<readonly string[]>
  /** The same conversations with their revisions, in whatever order. */
  membershipRevisions(key: UserKey): Awaitable<readonly KnownRevision[]>
  /**
   * The first events of a conversation after a revision, in order and without holes.
   *
   * @param limit how many at most
   * @returns undefined when one of them is not kept, or the revision is of the future
   */
  conversationEvents(
    conversation: ConversationRecord,
    after: number,
    limit: number,
  ): Awaitable<readonly ConversationEvent[] | undefined>
  /** The same for a user's own scope. */
  userEvents(user: UserRecord, after: number, limit: number): Awaitable<readonly UserEvent[] | undefined>
  /** What was answered to a command with this key. */
  answer(owner: string, key: string): Awaitable<KeptAnswer | undefined>
  /** Whether something may be kept under an owner: no is certain. Every send asks; of those who were refused nothing it is to cost nothing. */
  mayOwnAnswers(owner: string): Awaitable<boolean>
  /** A file in whatever state. Where writers run side by side, reading it within a transaction locks it. */
  media(sid: string): Awaitable<MediaRecord | undefined>
  mediaByKey(owner: UserKey, key: string): Awaitable<MediaRecord | undefined>
  /** Bytes of a user's files that come in or wait for their message. */
  unsentMediaBytes(owner: UserKey): Awaitable<number>
  /**
   * Files whose bytes are to go: those that were removed, and those that came in or waited since before a time (milliseconds since
   * 1970). The files of a removed conversation become removed with it or soon after.
   */
  mediaToCollect(
    before: { readonly uploading: number; readonly pending: number },
    limit: number,
  ): Awaitable<readonly MediaRecord[]>
  /** A push registration, whoever has it. Where writers run side by side, reading it within a transaction locks it. */
  pushRegistration(
    serviceSid: string,
    channelType: PushChannel,
    registrationId: string,
  ): Awaitable<PushRegistrationRecord | undefined>
  /** The same by its SID. */
  pushRegistrationBySid(serviceSid: string, sid: string): Awaitable<PushRegistrationRecord | undefined>
  /** Push registrations of a service in the order of their SIDs. */
  servicePushRegistrations(serviceSid: string, range: PushRegistrationRange): Awaitable<readonly PushRegistrationRecord[]>
  /** A user's push registrations, the one that was registered longest ago first. */
  pushRegistrations(owner: UserKey, limit: number): Awaitable<readonly PushRegistrationRecord[]>
  /** The devices of all who take part in a conversation, in the order of the SIDs of participants and then of their own, after one. */
  conversationDevices(
    conversation: ConversationRecord,
    after: DeviceCursor | undefined,
    limit: number,
  ): Awaitable<readonly DeviceRow[]>
  /** What an account does with messages to one of its addresses. Where writers run side by side, reading it within a transaction locks it. */
  addressConfiguration(accountSid: string, sid: string): Awaitable<AddressConfigurationRecord | undefined>
  /** The same by the address, in its canonical form. */
  addressConfigurationOf(accountSid: string, address: string): Awaitable<AddressConfigurationRecord | undefined>
  /** The same in the order of their SIDs. */
  addressConfigurations(accountSid: string, range: AddressConfigurationRange): Awaitable<readonly AddressConfigurationRecord[]>
  /** A template of an account. */
  contentTemplate(accountSid: string, sid: string): Awaitable<ContentTemplateRecord | undefined>
  /** The same in the order of their SIDs, after one. */
  contentTemplates(accountSid: string, after: string | undefined, limit: number): Awaitable<readonly ContentTemplateRecord[]>
  /** What an account pushes with; locked like an address configuration. */
  pushCredential(accountSid: string, sid: string): Awaitable<PushCredentialRecord | undefined>
  /** The same in the order of their SIDs, after one. */
  pushCredentials(accountSid: string, after: string | undefined, limit: number): Awaitable<readonly PushCredentialRecord[]>
  /** A webhook of an account, a service or a conversation, by its SID. */
  webhook(sid: string): Awaitable<WebhookRecord | undefined>
  /** The webhooks of one conversation in the order of their SIDs; never more than there may be. */
  conversationWebhooks(conversationSid: string): Awaitable<readonly WebhookRecord[]>
  /**
   * Who may hear of what happens in a service, and in a conversation of it: the webhook of the account, then the service's, then the
   * conversation's. Every change asks: where there are no webhooks the answer is to cost nothing.
   */
  listening(serviceSid: string, conversationSid: string | undefined): Awaitable<readonly WebhookRecord[]>
  /** What entries of the outbox wait in: each destination with each subject that something is still to be sent about. */
  outboxQueues(): Awaitable<readonly OutboxQueue[]>
  /** Entries of one queue that are not given up, in their order. */
  outboxEntries(queue: OutboxQueue, limit: number): Awaitable<readonly OutboxEntry[]>
  /** Dead letters in their order, after one. */
  deadEntries(after: number, limit: number): Awaitable<readonly OutboxEntry[]>
  /** How many entries of a kind there are, those that wait and those that were given up. */
  outboxCounts(kind: OutboxKind): Awaitable<OutboxCounts>
}

/**
 * A transaction: all that one command reads and writes. Reads see the writes before them. Writes are last: a command that is
 * refused has written nothing. Inside of `transact` nothing but the transaction is awaited.
 */
export interface Tx extends Reads {
  saveAccount(record: AccountRecord): void
  saveService(record: ServiceRecord): void
  /** Removes a service with its roles; nothing else is in it any more. */
  removeService(record: ServiceRecord): void
  saveRole(record: RoleRecord): void
  removeRole(record: RoleRecord): void
  saveUser(record: UserRecord): void
  /** Removes a user with the log of their scope, and remembers the revision. They are in no conversation any more. */
  removeUser(record: UserRecord): void
  /** Inserts or replaces a conversation. */
  saveConversation(record: ConversationRecord): void
  /** Removes a conversation with all that is in it: participants, messages, receipts, events. */
  removeConversation(record: ConversationRecord): void
  saveParticipant(record: ParticipantRecord): void
  removeParticipant(record: ParticipantRecord): void
  /** Adds a message; its index, its revision and its key are new. */
  addMessage(record: MessageRecord): void
  saveMessage(record: MessageRecord): void
  saveReceipt(record: ReceiptRecord): void
  /** Removes the receipts of a message. */
  removeReceipts(conversationSid: string, index: number): void
  saveOptOut(record: OptOutRecord): void
  removeOptOut(accountSid: string, addresses: AddressPair): void
  /** Keeps that a word was answered, in place of when it was before. */
  saveOptOutAnswer(record: OptOutAnswerRecord): void
  /** Removes those of a time and before it, milliseconds since 1970; those that somebody else holds stay. */
  removeOldOptOutAnswers(through: number): void
  /** Inserts or replaces a part of a message that is not whole yet. */
  saveChannelPart(record: ChannelPartRecord): void
  removeChannelParts(adapter: string, message: string): void
  /** Removes the parts of whatever adapter that came before a time, milliseconds since 1970. */
  removeOldChannelParts(before: number): void
  /** Adds an event to the log. `message.added` is not given: the message itself is that entry. */
  logConversationEvent(event: ConversationEvent): void
  logUserEvent(serviceSid: string, event: UserEvent): void
  /** Keeps an answer in place of the one that was kept under this key. */
  keepAnswer(owner: string, key: string, answer: KeptAnswer): void
  /** Forgets some of the answers that expired before a time. */
  forgetAnswers(before: number, limit: number): void
  /** Inserts or replaces a file's record. */
  saveMedia(record: MediaRecord): void
  removeMedia(sid: string): void
  /** Adds a push registration, or dates one anew. */
  savePushRegistration(record: PushRegistrationRecord): void
  removePushRegistration(sid: string): void
  /** Inserts or replaces what an account does with messages to an address; it has each address once. */
  saveAddressConfiguration(record: AddressConfigurationRecord): void
  removeAddressConfiguration(sid: string): void
  /** Inserts or replaces a template of an account. */
  saveContentTemplate(record: ContentTemplateRecord): void
  removeContentTemplate(sid: string): void
  /** Inserts or replaces what an account pushes with. */
  savePushCredential(record: PushCredentialRecord): void
  removePushCredential(sid: string): void
  /** Inserts or replaces a webhook. Those of a conversation go with it, and that of a service too. */
  saveWebhook(record: WebhookRecord): void
  removeWebhook(record: WebhookRecord): void
  /**
   * Lets the transaction come about only when a lease is still held under this token; asked first, before anything is written.
   *
   * @throws `LeaseLost` when another node has held it since
   */
  requireLease(name: string, token: number): Awaitable<void>
  /** Adds an entry at the end of its queue. */
  addEntry(draft: OutboxDraft): void
  /** Saves how the tries of an entry went; all else of it stays. */
  saveEntry(entry: Pick<OutboxEntry, 'id' | 'attempts' | 'due' | 'dead'>): void
  removeEntry(id: number): void
}

/** What a work will probably ask. A store that is far away fetches it together with the locks; nothing else depends on it. */
export interface Foresight {
  readonly actor: UserKey
  /** The key of the message that is sent. */
  readonly send?: string | undefined
  /** What an answer may have been kept under. */
  readonly answer?: { readonly owner: string; readonly key: string } | undefined
  /** Of which owner it is asked whether anything is kept. */
  readonly mayOwn?: string | undefined
}

/** Another node does this work now: what was begun here is not to be finished. */
export class LeaseLost extends Error {
  constructor(name: string) {
    super(`unable to go on: another node has taken over ${name}`)
  }
}

/** Work that one node at a time is to do. A node that stops without a word loses it when its time is over. */
export interface Leases {
  /**
   * Takes a lease that nobody holds, or renews the own one.
   *
   * @param milliseconds for which it is held from now on, by the clock of the store
   * @returns its token, which rises with every new holder; undefined when another node holds it
   */
  hold(name: string, milliseconds: number): Promise<number | undefined>
  /** Gives up what this node holds. */
  release(name: string): Promise<void>
  /**
   * Forgets leases that ended so long ago and that nobody took since. One whose token was not heard of since then is lost by it.
   *
   * @returns how many
   */
  sweep(milliseconds: number): Promise<number>
}

/** Where everything is kept. */
export interface Store {
  /** Names the life of the data: it differs after a restore from a backup. */
  readonly epoch: string
  /** Reads that belong together, all of one committed state. */
  read<T>(work: (reads: Reads) => Awaitable<T>): Promise<T>
  /**
   * Runs one command's reads and writes as a whole, after all earlier writers of its scopes. Many works may share a commit, but
   * each succeeds or fails alone, and a work may be run again when another one fails.
   *
   * @returns what the work returned, after it is on disk (G1). Promises settle in the order of the commits.
   * @throws `StorageFull` when there is no room, `StoreUnavailable` when it is to be tried again, or how else the store failed;
   *   nothing of the work was stored then, unless the connection broke while it was: whoever asks again with the same key learns it
   */
  transact<T>(scopes: readonly Scope[], work: (tx: Tx) => Awaitable<T>, foresight?: Foresight): Promise<T>
  /** What every node committed; undefined where there is one node. */
  readonly feed?: Feed | undefined
  /** Who does what of all nodes; undefined where there is one node. */
  readonly leases?: Leases | undefined
  /** Whether a write would succeed now. */
  writable(): Promise<boolean>
  /** Finishes what was begun and closes. */
  close(): Promise<void>
}

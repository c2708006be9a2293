import type {
  ConversationState,
  DeliveryStatus,
  EmailLevel,
  LastMessage,
  Media,
  MediaCategory,
  NotificationLevel,
  PushChannel,
} from '@conversa/protocol'
import type { ContentTypes, ContentVariables } from './content-data.ts'
import type { Permission } from './permissions.ts'

/*
 * What the stores keep. Records are immutable: a change is a new record. Dates are milliseconds since 1970, attributes are JSON
 * texts as they came in.
 */

/** What an account has set. */
export interface AccountRecord {
  readonly sid: string
  /** What a back end means that names no service; null is the one of the account's credentials. */
  readonly defaultServiceSid: string | null
  /** Milliseconds until a new conversation is inactive unless it says otherwise; null is never. */
  readonly inactive: number | null
  /** The same until it is closed. */
  readonly closed: number | null
  /** Of new conversations; see there. */
  readonly defaultMessagingServiceSid: string | null
}

/** What is pushed when something of one kind happens; a template that is null leaves the words to the sender. */
export interface PushRule {
  readonly enabled: boolean
  readonly template: string | null
  readonly sound: string | null
}

/** What a service pushes to the devices of its users (rest-and-semantics 1.4). */
export interface NotificationsRecord {
  readonly logEnabled: boolean
  readonly newMessage: PushRule & {
    readonly badgeCountEnabled: boolean
    /** In place of the template, for messages with files. */
    readonly withMedia: { readonly enabled: boolean; readonly template: string | null }
  }
  readonly addedToConversation: PushRule
  readonly removedFromConversation: PushRule
}

/** A tenant. */
export interface ServiceRecord {
  readonly sid: string
  readonly accountSid: string
  readonly friendlyName: string
  readonly defaultServiceRoleSid: string
  readonly defaultConversationRoleSid: string
  readonly defaultCreatorRoleSid: string
  readonly reachabilityEnabled: boolean
  readonly notifications: NotificationsRecord
  readonly dateCreated: number
  readonly dateUpdated: number
}

export interface RoleRecord {
  readonly sid: string
  readonly serviceSid: string
  readonly type: 'service' | 'conversation'
  readonly friendlyName: string
  readonly permissions: readonly Permission[]
  readonly dateCreated: number
  readonly dateUpdated: number
}

export interface UserRecord {
  readonly sid: string
  readonly serviceSid: string
  readonly identity: string
  readonly roleSid: string
  readonly friendlyName: string | null
  readonly attributes: string
  readonly dateCreated: number
  readonly dateUpdated: number
  /** Revision of the user's own scope. */
  readonly revision: number
}

/** How long a conversation may be left alone before its state changes (rest-and-semantics 3.1). */
export interface TimersRecord {
  /** Milliseconds until it is inactive; null is never. */
  readonly inactive: number | null
  /** Milliseconds until it is closed; null is never. */
  readonly closed: number | null
  /** The moment that both count from, milliseconds since 1970. */
  readonly since: number
}

/** Who the e-mails of a conversation are from, as a back end set it. */
export interface EmailBindingRecord {
  readonly address: string
  readonly name: string | null
}

export interface ConversationRecord {
  readonly sid: string
  readonly serviceSid: string
  readonly uniqueName: string | null
  readonly friendlyName: string | null
  readonly attributes: string
  readonly createdBy: string
  readonly state: ConversationState
  readonly stateUpdated: number
  /** Null without any. */
  readonly timers: TimersRecord | null
  readonly dateCreated: number
  readonly dateUpdated: number
  /** Revision of the conversation's scope; every event of it raises this by one. */
  readonly revision: number
  /** The index that the next message gets. */
  readonly nextIndex: number
  readonly messagesCount: number
  readonly participantsCount: number
  /** Of them, those outside of the app. */
  readonly nonChatCount: number
  readonly lastMessage: LastMessage | null
  /** The messaging service of the carrier that back ends keep with it; this server only tells it again. */
  readonly messagingServiceSid: string | null
  readonly email: EmailBindingRecord | null
  /** When something was last said here; lists are sorted by it. */
  readonly activity: number
}

/** Address of a person and of who speaks to them, in their canonical form; together they lead to one open conversation. */
export interface AddressPair {
  readonly address: string
  readonly proxyAddress: string
}

/** Somebody outside wants nothing more from an address of ours, until they say otherwise. */
export interface OptOutRecord extends AddressPair {
  readonly accountSid: string
  readonly dateCreated: number
}

/** What a word asks for by which somebody outside opts out or in; of help nothing follows but an answer. */
export type OptOutWord = 'out' | 'in' | 'help'

/** Somebody outside was told something who wrote such a word, and when they were last. */
export interface OptOutAnswerRecord extends OptOutRecord {
  readonly word: OptOutWord
}

/** A part of a message from outside of which the rest has not come; what it says is the adapter's own. */
export interface ChannelPartRecord {
  readonly adapter: string
  /** What the whole message is called. */
  readonly message: string
  readonly number: number
  readonly content: string
  readonly dateCreated: number
}

/** How somebody is reached who is not in the app. The channel derives from the address. */
export interface BindingRecord {
  readonly address: string
  /** Null in a group of phones, where everybody hears everybody. */
  readonly proxyAddress: string | null
  /** Of e-mail only. */
  readonly name: string | null
  readonly level: EmailLevel | null
}

/** What the programs of somebody outside know their own messages by, so that what is sent to them is shown beside these. */
export interface ThreadRecord {
  /** The first message that came from them under a name, and the newest one; they may be the same. */
  readonly first: string
  readonly newest: string
}

export interface ParticipantRecord {
  readonly sid: string
  readonly conversationSid: string
  /** Null for who is not in the app. */
  readonly identity: string | null
  /** Null for who is. */
  readonly binding: BindingRecord | null
  /** The number of ours by which a group of phones sees them; only of those without a binding. */
  readonly projectedAddress: string | null
  /** Null until they wrote under a name. Nobody but they themselves is told of it. */
  readonly thread: ThreadRecord | null
  readonly roleSid: string | null
  readonly attributes: string
  readonly notificationLevel: NotificationLevel
  readonly lastReadMessageIndex: number | null
  readonly lastReadTimestamp: number | null
  readonly dateCreated: number
  readonly dateUpdated: number
}

export interface MessageRecord {
  readonly conversationSid: string
  readonly sid: string
  readonly index: number
  /** The conversation's revision at which the message was stored: the message is its own log entry. */
  readonly revision: number
  readonly author: string
  readonly participantSid: string | null
  readonly body: string | null
  readonly subject: string | null
  /** The files as every door shows them; their records tell who they belong to and where they are. */
  readonly media: readonly Media[]
  readonly attributes: string
  readonly lastUpdatedBy: string | null
  readonly dateCreated: number
  readonly dateUpdated: number
  /** The sender's key, unique per conversation and author (G2). It outlives the message's content. */
  readonly key: string | null
  /** The template that it was made from; null when it was made from none. */
  readonly content: MessageContent | null
  /** How far it came on its way out of the app; null when nobody outside was to get it. */
  readonly delivery: DeliveryCounts | null
  /** A tombstone: the index stays taken, the content is gone. */
  readonly removed: boolean
}

/** The template that a message was made from, and what went into its places. */
export interface MessageContent {
  readonly sid: string
  readonly variables: ContentVariables
}

/** Of how many participants outside of the app a message is expected, and how many of them it has reached. */
export interface DeliveryCounts {
  readonly total: number
  readonly sent: number
  readonly delivered: number
  readonly read: number
  readonly failed: number
  readonly undelivered: number
}

/** The way of one message to one participant outside of the app. It outlives the participant, and ends with the message. */
export interface ReceiptRecord {
  readonly sid: string
  readonly conversationSid: string
  readonly index: number
  readonly participantSid: string
  readonly channelMessageSid: string
  readonly status: DeliveryStatus
  readonly errorCode: number | null
  readonly dateCreated: number
  readonly dateUpdated: number
}

/** A file that somebody uploads, or has uploaded. Its bytes are kept under its SID. */
export interface MediaRecord {
  readonly sid: string
  readonly serviceSid: string
  /** The identity that uploaded it: a message of theirs may have it. */
  readonly owner: string
  /** It comes in; it waits for its message; it has it; or it belongs to nothing any more and its bytes are to go. */
  readonly state: 'uploading' | 'pending' | 'sent' | 'removed'
  /** Bytes; while it comes in, the room that it claims. */
  readonly size: number
  readonly contentType: string
  readonly filename: string | null
  readonly category: MediaCategory
  /** Of its bytes; empty while it comes in. */
  readonly digest: string
  /** The uploader's key, unique per owner (G2); null while it comes in and when it was removed. */
  readonly key: string | null
  readonly dateCreated: number
  /** The message that has it, when it was sent. */
  readonly message: { readonly conversationSid: string; readonly index: number } | null
}

/** A device or a browser on which a user can be reached by push. The id is unique per service and channel. */
export interface PushRegistrationRecord {
  readonly sid: string
  readonly serviceSid: string
  readonly identity: string
  readonly channelType: PushChannel
  readonly registrationId: string
  /** What the account wants it pushed to with; null is what there is for its channel. */
  readonly credentialSid: string | null
  readonly dateCreated: number
  /** When it was registered last. */
  readonly dateUpdated: number
}

/** What a push service knows this server by; only a sender of pushes reads it. */
export type PushSecret =
  | { readonly type: 'apn'; readonly certificate: string; readonly privateKey: string; readonly sandbox: boolean }
  | { readonly type: 'gcm'; readonly apiKey: string }
  | { readonly type: 'fcm'; readonly secret: string }
  /** Keys by which browsers' push services know this server (RFC 8292): a point and a number of P-256, in base64url. */
  | { readonly type: 'web'; readonly publicKey: string; readonly privateKey: string }

/** What an account pushes with. */
export interface PushCredentialRecord {
  readonly sid: string
  readonly accountSid: string
  readonly friendlyName: string | null
  readonly secret: PushSecret
  readonly dateCreated: number
  readonly dateUpdated: number
}

/** A message with places to fill. */
export interface ContentTemplateRecord {
  readonly sid: string
  readonly accountSid: string
  readonly friendlyName: string
  /** Of what it says, as WhatsApp calls it: `en`, `pt_BR`. */
  readonly language: string
  /** What goes into a place that a message does not fill. */
  readonly variables: ContentVariables
  readonly types: ContentTypes
  /** What WhatsApp calls it, which approved it; null is not known. */
  readonly approval: { readonly name: string; readonly category: string } | null
  readonly dateCreated: number
  readonly dateUpdated: number
}

/** What becomes of a conversation that a message from outside begins. */
export type AutoCreationTarget =
  | { readonly type: 'default' }
  | {
      readonly type: 'webhook'
      readonly url: string
      readonly method: 'GET' | 'POST'
      readonly filters: readonly string[]
    }
  | { readonly type: 'studio'; readonly flowSid: string; readonly retryCount: number }

/** How the channels are called that an address may belong to. */
export type AddressType = 'sms' | 'whatsapp' | 'messenger' | 'gbm' | 'email' | 'rcs' | 'apple' | 'chat'

/** What an account does with messages that come to one of its addresses (rest-and-semantics 1.4). */
export interface AddressConfigurationRecord {
  readonly sid: string
  readonly accountSid: string
  readonly type: AddressType
  /** In its canonical form; an account has it once. */
  readonly address: string
  /** ISO 3166, two letters. */
  readonly addressCountry: string | null
  readonly friendlyName: string | null
  readonly autoCreation: {
    readonly enabled: boolean
    /** Where new conversations come to be; null is the default service. */
    readonly serviceSid: string | null
    readonly target: AutoCreationTarget
  }
  readonly dateCreated: number
  readonly dateUpdated: number
}

/** What hears of events, as it was set: by an account, by a service, or for one conversation (rest-and-semantics 3.8). */
export interface WebhookRecord {
  /** Of one conversation: its own. Of an account or a service, which has one: theirs. */
  readonly sid: string
  readonly accountSid: string
  /** Null for the account's. */
  readonly serviceSid: string | null
  /** Null for those that hear of all conversations. */
  readonly conversationSid: string | null
  readonly target: 'webhook' | 'flex' | 'trigger' | 'studio'
  /** Asked before something happens; null for nobody. */
  readonly preUrl: string | null
  /** Told afterwards; null for nobody. */
  readonly postUrl: string | null
  readonly method: 'GET' | 'POST'
  /** Names of the events that it hears of. */
  readonly filters: readonly string[]
  /** Of a trigger: words, of which a message has to have one. */
  readonly triggers: readonly string[]
  /** Of a studio: the flow. Flows run elsewhere, so nobody is told. */
  readonly flowSid: string | null
  readonly dateCreated: number
  readonly dateUpdated: number
}

/** What was given and is not what is there already. */
export function differing<Fields extends object>(
  record: { readonly [Name in keyof Fields]?: unknown },
  given: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const isNew = ([name, value]: [string, unknown]) => value !== undefined && value !== record[name as keyof Fields]
  return Object.fromEntries(Object.entries(given).filter(isNew)) as { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> }
}

import type { Command, CommandType, ConversationState, NotificationLevel, Result } from '@conversa/protocol'
import type { ContentTypes, ContentVariables } from '../records/content-data.ts'
import type { GivenTimers } from '../records/conversation-timers.ts'
import type {
  AddressType,
  AutoCreationTarget,
  NotificationsRecord,
  PushRule,
  PushSecret,
  ServiceRecord,
} from '../records/records.ts'

/** Dates that a back end may give, since imports are back-dated (rest-and-semantics 1.4). Milliseconds since 1970. */
export interface Dates {
  readonly dateCreated?: number | undefined
  readonly dateUpdated?: number | undefined
}

/** How far somebody has read, as a back end sets it; null is never (rest-and-semantics 3.5). */
export interface GivenHorizon {
  readonly lastReadMessageIndex?: number | null | undefined
  readonly lastReadTimestamp?: number | null | undefined
}

/** What a conversation is to carriers and mail servers; null takes it away, what is undefined stays. */
export interface GivenOutside {
  readonly messagingServiceSid?: string | null | undefined
  readonly email?: { readonly address?: string | null | undefined; readonly name?: string | null | undefined } | undefined
}

/**
 * What a back end may say with a command besides what everybody may. It comes beside the command and never in it, so that nothing
 * that a client sends can be taken for it.
 */
interface Given {
  'conversation.create': Dates &
    GivenOutside & { readonly state?: ConversationState | undefined; readonly timers?: GivenTimers | undefined }
  'conversation.update': Dates & GivenOutside & { readonly timers?: GivenTimers | undefined }
  'message.send': Dates & { readonly author?: string | undefined }
  'message.update': Dates & { readonly author?: string | undefined; readonly subject?: string | null | undefined }
  'participant.add': Dates & { readonly roleSid?: string | undefined }
  'participant.addNonChat': Dates & { readonly roleSid?: string | undefined }
  'participant.update': Dates &
    GivenHorizon & { readonly roleSid?: string | undefined; readonly notificationLevel?: NotificationLevel | undefined }
  'user.update': { readonly roleSid?: string | undefined }
}

/** One of those who are in a conversation from its beginning. */
export interface FirstParticipant extends Dates {
  readonly identity: string
  readonly attributes?: string | undefined
  readonly roleSid?: string | undefined
  /** How a group of phones sees them. */
  readonly projectedAddress?: string | null | undefined
}

/** The same, of whatever kind: by identity, by an address with its proxy, or in a group of phones. */
export interface AssembledParticipant extends Omit<FirstParticipant, 'identity' | 'projectedAddress'> {
  readonly identity?: string | undefined
  readonly address?: string | undefined
  readonly proxyAddress?: string | undefined
  readonly projectedAddress?: string | undefined
  /** Of e-mail. */
  readonly name?: string
  readonly level?: 'to' | 'cc'
}

/** What is to change about how a participant is reached; null takes it away, what is undefined stays. */
export interface Rebinding {
  readonly proxyAddress?: string | null | undefined
  readonly projectedAddress?: string | null | undefined
  readonly identity?: string | undefined
}

/** Settings of a service; what is undefined stays. */
export type ServiceSettings = {
  readonly [Name in 'defaultServiceRoleSid' | 'defaultConversationRoleSid' | 'defaultCreatorRoleSid' | 'reachabilityEnabled']?:
    | ServiceRecord[Name]
    | undefined
}

type Optionally<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | undefined }

/** What a service is to push; what is undefined stays. */
export interface GivenNotifications {
  readonly logEnabled?: boolean | undefined
  readonly newMessage: Optionally<PushRule & { readonly badgeCountEnabled: boolean }> & {
    readonly withMedia: Optionally<NotificationsRecord['newMessage']['withMedia']>
  }
  readonly addedToConversation: Optionally<PushRule>
  readonly removedFromConversation: Optionally<PushRule>
}

/** Secrets for pushes, each for one of the types; keys for browsers are made by the server. */
export interface GivenPushSecret {
  readonly type?: Exclude<PushSecret['type'], 'web'> | undefined
  readonly certificate?: string | null | undefined
  readonly privateKey?: string | null | undefined
  readonly sandbox?: boolean | undefined
  readonly apiKey?: string | null | undefined
  readonly secret?: string | null | undefined
}

/** What somebody outside of the app wrote, as their channel brings it. */
export interface InboundMessage {
  readonly address: string
  /** The one of this server's that they wrote to. */
  readonly proxyAddress: string
  /** Who else got it, of a message to a group of phones. */
  readonly others?: readonly string[] | undefined
  /** Empty when there are files alone. */
  readonly body: string
  /** SIDs of files that were taken in for it. */
  readonly media?: readonly string[] | undefined
  readonly subject?: string | null | undefined
  readonly attributes?: string | undefined
  /** What an e-mail calls them. */
  readonly name?: string
  /** What the carrier calls the message: however often it is brought, it becomes one message (G2). */
  readonly channelMessageSid: string
  /** What their programs know it by. */
  readonly threadName?: string | undefined
  /** A machine wrote it: it goes to nobody else outside of the app. */
  readonly isAutomatic?: boolean | undefined
}

/** Where it went. */
export interface ReceivedMessage {
  readonly conversationSid: string
  readonly participantSid: string
  readonly index: number
  readonly sid: string
  /** Whether it began the conversation. */
  readonly isBeginning: boolean
}

/** What is to become of messages that come to an address; what is undefined stays. */
export interface GivenAutoCreation {
  readonly enabled?: boolean | undefined
  readonly type?: AutoCreationTarget['type'] | undefined
  /** Null is the default service. */
  readonly serviceSid?: string | null | undefined
  readonly url?: string | null | undefined
  readonly method?: 'GET' | 'POST' | undefined
  readonly filters?: readonly string[] | undefined
  readonly flowSid?: string | undefined
  readonly retryCount?: number | undefined
}

/** Settings of a webhook of a conversation; what is undefined stays. */
export interface WebhookConfiguration {
  readonly url?: string | undefined
  readonly method?: 'GET' | 'POST' | undefined
  readonly filters?: readonly string[] | undefined
  readonly triggers?: readonly string[] | undefined
  readonly flowSid?: string | undefined
}

/** Commands that only back ends have: what they say, and what it answers. */
interface BackEndOnly {
  'account.update': {
    says: {
      readonly timers: GivenTimers
      readonly defaultServiceSid?: string | undefined
      readonly defaultMessagingServiceSid?: string | null | undefined
    }
    given: object
    result: object
  }
  'addressConfiguration.create': {
    says: {
      readonly addressType: AddressType
      readonly address: string
      readonly addressCountry?: string | null | undefined
      readonly friendlyName?: string | null | undefined
      readonly autoCreation: GivenAutoCreation
    }
    given: object
    result: { readonly addressConfigurationSid: string }
  }
  'addressConfiguration.update': {
    says: {
      /** A SID or the address. */
      readonly name: string
      readonly friendlyName?: string | null | undefined
      readonly autoCreation: GivenAutoCreation
    }
    given: object
    result: object
  }
  'addressConfiguration.delete': { says: { readonly name: string }; given: object; result: object }
  'conversation.assemble': {
    says: Omit<Command<'conversation.create'>, 'type' | 'key'> & { readonly participants: readonly AssembledParticipant[] }
    given: Given['conversation.create']
    result: { readonly conversationSid: string }
  }
  /** Lets time pass: what the timers of a conversation have been waiting for happens. */
  'conversation.elapse': { says: { readonly conversationSid: string }; given: object; result: object }
  /**
   * Adds to a group of phones: a phone by its address, somebody in the app by the number that stands for them, or that number alone.
   */
  'participant.addToGroup': {
    says: {
      readonly conversationSid: string
      readonly identity?: string | undefined
      readonly address?: string | undefined
      readonly projectedAddress?: string | undefined
      readonly attributes?: string | undefined
    }
    given: Given['participant.add']
    result: { readonly participant: { readonly sid: string } }
  }
  /** Changes how a participant is reached, and all that can be changed of them with it. */
  'participant.rebind': {
    says: {
      readonly conversationSid: string
      readonly participant: string
      readonly attributes?: string
      readonly rebinding: Rebinding
      /** Their address, which never changes: with the new proxy address it leads to one conversation. */
      readonly address: string
    }
    given: Given['participant.update']
    result: object
  }
  'contentTemplate.create': {
    says: {
      readonly friendlyName: string
      readonly language: string
      readonly variables: ContentVariables
      readonly types: ContentTypes
    }
    given: object
    result: { readonly contentTemplateSid: string }
  }
  /** Under which name WhatsApp has approved a template. */
  'contentTemplate.approve': {
    says: { readonly contentTemplateSid: string; readonly name: string; readonly category: string }
    given: object
    result: object
  }
  'contentTemplate.delete': { says: { readonly contentTemplateSid: string }; given: object; result: object }
  'pushCredential.create': {
    says: {
      readonly friendlyName?: string | null | undefined
      readonly secret: GivenPushSecret & { readonly type: NonNullable<GivenPushSecret['type']> }
    }
    given: object
    result: { readonly pushCredentialSid: string }
  }
  'pushCredential.update': {
    says: {
      readonly pushCredentialSid: string
      readonly friendlyName?: string | null | undefined
      readonly secret: GivenPushSecret
    }
    given: object
    result: object
  }
  'pushCredential.delete': { says: { readonly pushCredentialSid: string }; given: object; result: object }
  /** A message from outside, into an open conversation; null when it has to be looked for anew. */
  'message.receive': {
    says: InboundMessage & { readonly conversationSid: string }
    given: { readonly author?: string | undefined }
    result: { readonly received: ReceivedMessage | null }
  }
  /** A message from outside that begins a conversation; null in the same sense. */
  'message.begin': {
    says: InboundMessage & { readonly friendlyName?: string | undefined }
    given: { readonly author?: string | undefined }
    result: { readonly received: ReceivedMessage | null }
  }
  /** Takes a device away from whoever has it. */
  'push.remove': { says: { readonly pushRegistrationSid: string }; given: object; result: object }
  'role.create': {
    says: {
      readonly friendlyName: string
      readonly roleType: 'service' | 'conversation'
      readonly permissions: readonly string[]
    }
    given: object
    result: { readonly roleSid: string }
  }
  'role.update': { says: { readonly roleSid: string; readonly permissions: readonly string[] }; given: object; result: object }
  'role.delete': { says: { readonly roleSid: string }; given: object; result: object }
  'service.create': {
    says: { readonly friendlyName: string }
    given: object
    result: { readonly serviceSid: string }
  }
  'service.update': { says: ServiceSettings; given: object; result: object }
  'serviceNotifications.update': { says: { readonly notifications: GivenNotifications }; given: object; result: object }
  'webhooks.update': {
    says: {
      readonly level: 'account' | 'service'
      readonly target?: 'webhook' | 'flex' | undefined
      readonly preUrl?: string | null | undefined
      readonly postUrl?: string | null | undefined
      readonly method?: 'GET' | 'POST' | undefined
      readonly filters?: readonly string[] | undefined
    }
    given: object
    result: object
  }
  'conversationWebhook.create': {
    says: {
      readonly conversationSid: string
      readonly target: 'webhook' | 'trigger' | 'studio'
      readonly configuration: WebhookConfiguration
      /** Messages above this index are told anew, to this webhook alone. */
      readonly replayAfter?: number | undefined
    }
    given: object
    result: { readonly webhookSid: string }
  }
  'conversationWebhook.update': {
    says: { readonly conversationSid: string; readonly webhookSid: string; readonly configuration: WebhookConfiguration }
    given: object
    result: object
  }
  'conversationWebhook.delete': {
    says: { readonly conversationSid: string; readonly webhookSid: string }
    given: object
    result: object
  }
  'user.create': {
    says: {
      readonly identity: string
      readonly friendlyName?: string | null | undefined
      readonly attributes?: string | undefined
      readonly roleSid?: string | undefined
    }
    given: object
    result: object
  }
  'user.delete': { says: { readonly identity: string }; given: object; result: object }
}

type BackEndOnlyType = keyof BackEndOnly

type Entries = {
  [Name in CommandType]: {
    command: Command<Name>
    given: Name extends keyof Given ? Given[Name] : object
    result: Result<Name>
  }
} & {
  [Name in BackEndOnlyType]: {
    command: { readonly type: Name } & BackEndOnly[Name]['says']
    given: BackEndOnly[Name]['given']
    result: BackEndOnly[Name]['result']
  }
}

/** Everything that can be commanded: through our socket, or by back ends alone. */
export type AnyCommandType = CommandType | BackEndOnlyType
export type AnyCommand<Name extends AnyCommandType> = Entries[Name]['command']
export type GivenWith<Name extends AnyCommandType> = Entries[Name]['given']
export type AnyResult<Name extends AnyCommandType> = Entries[Name]['result']
export type { BackEndOnlyType }

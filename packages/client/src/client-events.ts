import type { Conversation } from './conversation.ts'
import type { Message, MessageUpdatedEvent } from './message.ts'
import type { Participant, ParticipantUpdatedEvent } from './participant.ts'
import type { PushNotification } from './push-notification.ts'
import type { ConnectionState } from './session/session.ts'
import type { ConversationUpdateReason } from './update-reasons.ts'
import type { User, UserUpdatedEvent } from './user.ts'

/** Why connecting, or staying connected, failed. */
export interface ConnectionError {
  /** Nothing more is tried before there is a new token. */
  readonly terminal: boolean
  readonly message: string
  readonly httpStatusCode?: number
  readonly errorCode?: number
}

/** What `updated` of a conversation and `conversationUpdated` of the client tell. */
export interface ConversationUpdatedEvent {
  conversation: Conversation
  updateReasons: ConversationUpdateReason[]
}

/** What happens in a conversation: told by the conversation and by the client. */
export interface SharedEvents {
  messageAdded: Message
  messageUpdated: MessageUpdatedEvent
  messageRemoved: Message
  participantJoined: Participant
  participantUpdated: ParticipantUpdatedEvent
  participantLeft: Participant
  typingStarted: Participant
  typingEnded: Participant
}

/** Events of a conversation. */
export interface ConversationEvents extends SharedEvents {
  updated: ConversationUpdatedEvent
  removed: Conversation
}

/** How initializing went. */
export type State = 'failed' | 'initialized'

/** Events of a client. */
export interface ClientEvents extends SharedEvents {
  initialized: undefined
  initFailed: { readonly error: ConnectionError }
  stateChanged: State
  connectionStateChanged: ConnectionState
  connectionError: ConnectionError
  tokenAboutToExpire: undefined
  tokenExpired: undefined
  conversationAdded: Conversation
  conversationJoined: Conversation
  conversationLeft: Conversation
  conversationRemoved: Conversation
  conversationUpdated: ConversationUpdatedEvent
  pushNotification: PushNotification
  userUpdated: UserUpdatedEvent
  userSubscribed: User
  userUnsubscribed: User
}

export * from './errors.ts'
export * from './ids.ts'
export * from './limits.ts'
export type {
  Command,
  CommandType,
  ConversationCatchUp,
  ConversationEvent,
  ConversationPage,
  ConversationState,
  ConversationView,
  Event,
  LastMessage,
  ListCursor,
  Media,
  MediaCategory,
  Membership,
  Message,
  MessagePage,
  Notice,
  NotificationLevel,
  Participant,
  ParticipantPage,
  PassingEvent,
  Query,
  QueryType,
  Request,
  RequestType,
  Result,
  ServerFrame,
  StartSessionResult,
  User,
  UserCatchUp,
  UserEvent,
} from './schema/index.ts'
export * from './version.ts'
export * from './view/conversation-view.ts'

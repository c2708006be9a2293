export type { ClientSetup, ClientStatus, FetchToken } from './client-store.ts'
export { type ConnectionView, useConnection } from './connection.ts'
export { type ConversationStatusView, useConversation } from './conversation.ts'
export { type Conversations, type ConversationsView, useConversations } from './conversations.ts'
export type { MessagesOptions, MessagesView } from './message-window.ts'
export { type Messages, useLastMessage, useMessages } from './messages.ts'
export { type MessageDraft, type OutgoingMessage, type OutgoingMessages, useOutgoing } from './outgoing.ts'
export { type ParticipantsView, useParticipants } from './participants.ts'
export { ConversaProvider, type ConversaProviderProps, useClient, useClientStatus } from './provider.ts'
export { type RolesView, useRoles } from './roles.ts'
export { useTyping } from './typing.ts'
export { useUnread } from './unread.ts'
export {
  type ConversationView,
  type MessageView,
  type ParticipantView,
  type UserView,
  useConversationView,
  useMessageView,
  useParticipantView,
  useUserView,
} from './view.ts'

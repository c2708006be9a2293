import { Client } from './client.ts'
import { Conversation } from './conversation.ts'
import { ConversaError } from './errors.ts'
import { Message } from './message.ts'
import { Paginator } from './paginator.ts'
import { Participant } from './participant.ts'
import { User } from './user.ts'

export type { JsonValue } from './attributes.ts'
export type { ClientOptions, CreateConversationOptions } from './client.ts'
export type { ClientEvents, ConnectionError, ConversationEvents, ConversationUpdatedEvent } from './client-events.ts'
export type { Clock, Random } from './clock.ts'
export type { ConversationState, ConversationStatus, LastMessage, NotificationLevel, SendMediaOptions } from './conversation.ts'
export type { Listener } from './emitter.ts'
export type { ErrorDetail } from './errors.ts'
export type { MessageEvents, MessageUpdatedEvent, MessageUpdateReason } from './message.ts'
export type { ParticipantEvents, ParticipantUpdatedEvent, ParticipantUpdateReason } from './participant.ts'
export type { ConnectionState } from './session.ts'
export type { TokenProvider } from './token.ts'
export type { Transport, TransportEvents, TransportFactory, WebSocketClass } from './transport.ts'
export type { ConversationUpdateReason } from './update-reasons.ts'
export type { UserEvents, UserUpdatedEvent, UserUpdateReason } from './user.ts'
export { Client, ConversaError, Conversation, Message, Paginator, Participant, User }

// biome-ignore lint/style/noDefaultExport: the vendor's 1.x exports its Client like this.
export default Client

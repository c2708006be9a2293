import { CancellablePromise } from './cancellable-promise.ts'
import { Client } from './client.ts'
import { Conversation } from './conversation.ts'
import { AggregatedDeliveryReceipt, DetailedDeliveryReceipt } from './delivery-receipt.ts'
import { ConversaError } from './errors.ts'
import { Media } from './media.ts'
import { Message } from './message.ts'
import { MessageBuilder } from './message-builder.ts'
import { Paginator } from './paginator.ts'
import { Participant } from './participant.ts'
import { UnsentMessage } from './unsent-message.ts'
import { User } from './user.ts'

export type { JsonValue } from './attributes.ts'
export type { ClientOptions, CreateConversationOptions } from './client.ts'
export type { ClientEvents, ConnectionError, ConversationEvents, ConversationUpdatedEvent } from './client-events.ts'
export type { Clock, Random } from './clock.ts'
export type {
  ConversationBindings,
  ConversationEmailBinding,
  ConversationLimits,
  ConversationState,
  ConversationStatus,
  LastMessage,
  NotificationLevel,
  SendOptions,
} from './conversation.ts'
export type { DeliveryAmount, DeliveryStatus } from './delivery-receipt.ts'
export type { Listener } from './emitter.ts'
export type { ErrorDetail } from './errors.ts'
export type { MediaCategory, SendMediaOptions } from './media-content.ts'
export type { ProgressListener } from './media-upload.ts'
export type { MessageEvents, MessageType, MessageUpdatedEvent, MessageUpdateReason } from './message.ts'
export type { ParticipantEvents, ParticipantUpdatedEvent, ParticipantUpdateReason } from './participant.ts'
export type {
  ParticipantBindingOptions,
  ParticipantBindings,
  ParticipantEmailBinding,
  ParticipantEmailLevel,
  ParticipantPhoneBinding,
  ParticipantResponse,
  ParticipantType,
} from './participant-binding.ts'
export type { NotificationsChannelType } from './push-registrations.ts'
export type { ConnectionState } from './session.ts'
export type { TokenProvider } from './token.ts'
export type { Transport, TransportEvents, TransportFactory, WebSocketClass } from './transport.ts'
export type { ContentVariable, SendEmailOptions } from './unsent-message.ts'
export type { ConversationUpdateReason } from './update-reasons.ts'
export type { UserEvents, UserUpdatedEvent, UserUpdateReason } from './user.ts'
export {
  AggregatedDeliveryReceipt,
  CancellablePromise,
  Client,
  ConversaError,
  Conversation,
  DetailedDeliveryReceipt,
  Media,
  Message,
  MessageBuilder,
  Paginator,
  Participant,
  UnsentMessage,
  User,
}

// biome-ignore lint/style/noDefaultExport: the vendor's 1.x exports its Client like this.
export default Client

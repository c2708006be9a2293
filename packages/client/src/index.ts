import { CancellablePromise } from './cancellable-promise.ts'
import { Client } from './client.ts'
import { ContentTemplateVariable } from './content-template.ts'
import { Conversation } from './conversation.ts'
import { AggregatedDeliveryReceipt, DetailedDeliveryReceipt } from './delivery-receipt.ts'
import { Emitter } from './emitter.ts'
import { ConversaError } from './errors.ts'
import { leaveAlone } from './left-alone.ts'
import { Media } from './media.ts'
import { Message } from './message.ts'
import { MessageBuilder } from './message-builder.ts'
import { RestPaginator } from './paginator.ts'
import { Participant } from './participant.ts'
import { NotificationTypes, PushNotification } from './push-notification.ts'
import { UnsentMessage } from './unsent-message.ts'
import { User } from './user.ts'

export type { JSONArray, JSONObject, JSONValue } from './attributes.ts'
export type { CreateConversationOptions } from './client.ts'
export type {
  ClientEvents,
  ConnectionError,
  ConversationEvents,
  ConversationUpdatedEvent as ConversationUpdatedEventArgs,
  State,
} from './client-events.ts'
export type { ClientOptions } from './client-options.ts'
export type { Clock, Random } from './connection/clock.ts'
export type { TokenProvider } from './connection/token.ts'
export type { Transport, TransportEvents, TransportFactory, WebSocketClass } from './connection/transport.ts'
export type {
  ContentData,
  ContentDataAction,
  ContentDataActionOther,
  ContentDataActionPhone,
  ContentDataActionReply,
  ContentDataActionUrl,
  ContentDataCallToAction,
  ContentDataCard,
  ContentDataListItem,
  ContentDataListPicker,
  ContentDataLocation,
  ContentDataMedia,
  ContentDataOther,
  ContentDataQuickReply,
  ContentDataReply,
  ContentDataText,
  ContentTemplate,
} from './content-template.ts'
export type {
  ConversationBindings,
  ConversationEmailBinding,
  ConversationLimits,
  ConversationState,
  ConversationStatus,
  LastMessage,
  NotificationLevel,
  Role,
  SendOptions,
} from './conversation.ts'
export type { DeliveryAmount, DeliveryStatus } from './delivery-receipt.ts'
export type { Listener } from './emitter.ts'
export type { ErrorDetail } from './errors.ts'
export type { MediaCategory, SendMediaOptions } from './media-content.ts'
export type {
  MessageEvents,
  MessageType,
  MessageUpdatedEvent as MessageUpdatedEventArgs,
  MessageUpdateReason,
} from './message.ts'
export type {
  ChannelMetadata,
  EmailRecipientDescriptor,
  EmailRecipientLevel,
  RecipientDescriptor,
  UnknownRecipientDescriptor,
} from './outer-channels.ts'
export type { Paginator } from './paginator.ts'
export type {
  ParticipantEvents,
  ParticipantUpdatedEvent as ParticipantUpdatedEventArgs,
  ParticipantUpdateReason,
} from './participant.ts'
export type {
  ParticipantBindingOptions,
  ParticipantBindings,
  ParticipantEmailBinding,
  ParticipantEmailLevel,
  ParticipantPhoneBinding,
  ParticipantResponse,
  ParticipantType,
} from './participant-binding.ts'
export type { PushNotificationData, PushNotificationDescriptor, PushNotificationType } from './push-notification.ts'
export type { ProgressListener } from './session/media-upload.ts'
export type { NotificationsChannelType } from './session/push-registrations.ts'
export type { ConnectionState } from './session/session.ts'
export type { SendEmailOptions } from './unsent-message.ts'
export type { ConversationUpdateReason } from './update-reasons.ts'
export type { UserEvents, UserUpdatedEvent as UserUpdatedEventArgs, UserUpdateReason } from './user.ts'
export {
  AggregatedDeliveryReceipt,
  CancellablePromise,
  Client,
  ContentTemplateVariable,
  ConversaError,
  Conversation,
  DetailedDeliveryReceipt,
  Media,
  Message,
  MessageBuilder,
  NotificationTypes,
  Participant,
  PushNotification,
  RestPaginator,
  UnsentMessage,
  User,
}

leaveAlone(Emitter, Media, MessageBuilder, RestPaginator, UnsentMessage)

// biome-ignore lint/style/noDefaultExport: the vendor's 1.x exports its Client like this.
export default Client

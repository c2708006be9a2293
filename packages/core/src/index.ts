export { type Actor, type BackEnd, SYSTEM_IDENTITY } from './actor.ts'
export { channelOf } from './address.ts'
export type { Attachment } from './attachment.ts'
export { jsonDepthExceeds } from './attributes.ts'
export type { Account } from './back-end.ts'
export type {
  AnyCommand,
  AnyCommandType,
  AnyResult,
  AssembledParticipant,
  GivenWith,
  InboundMessage,
  ReceivedMessage,
  WebhookConfiguration,
} from './back-end-command.ts'
export { type Blobs, type ByteRange, type Content, StorageFull } from './blobs.ts'
export type { Bus, BusMessage, Feed, Notice } from './bus.ts'
export type {
  ChannelAdapter,
  ChannelAnswer,
  ChannelDoor,
  ChannelFile,
  ChannelInbound,
  ChannelInboundFile,
  ChannelMessage,
  ChannelPart,
  ChannelPorts,
  ChannelReply,
  ChannelReport,
  ChannelRequest,
  ChannelRoute,
  ChannelTemplate,
} from './channel.ts'
export type { ChannelPlace } from './channel-holder.ts'
export { isCleanText } from './clean-text.ts'
export { type ContentTypes, type ContentVariables, filled, placesIn } from './content-data.ts'
export { approvableType } from './content-template.ts'
export { nextTransition, transitionsOf } from './conversation-timers.ts'
export { Core, type CoreLimits, type Ports } from './core.ts'
export type { DeadLetterFilter } from './dead-letters.ts'
export { Deadlines } from './deadlines.ts'
export { isUserEvent, type Listener } from './fan-out.ts'
export { HOOK_TRIES, type HookAnswer, type HookPorts, type HookRequest } from './hook-courier.ts'
export { Import, type ImportPlace, type ImportPorts } from './import.ts'
export type { ConversationProgress, ListedCounts } from './import-progress.ts'
export type {
  ImportProblem,
  SourceConversation,
  SourceHooks,
  SourceMessage,
  SourceParticipant,
  SourceReceipt,
  SourceRole,
  SourceService,
  SourceUser,
  SourceWebhook,
} from './import-source.ts'
export {
  type DeliveryReceipt,
  INQUIRIES,
  type Inquiry,
  type Membership,
  type Page,
  type Participation,
  type PushBinding,
  type ReachedUser,
} from './inquiry.ts'
export type { BlobInventory, Finding, FindingKind, Inventory, Rows } from './inventory.ts'
export { parseJsonObject } from './json-object.ts'
export { MEDIA_LIMITS, type MediaGrant, type MediaLimits, type MediaPorts } from './media.ts'
export type { FoundMedia } from './media-read.ts'
export type { Upload } from './media-upload.ts'
export type { Named, Names } from './names.ts'
export { wordIn } from './opt-out.ts'
export type { OptOutTexts } from './opt-out-answer.ts'
export { OUTBOX_OUTCOMES, type OutboxOutcome } from './outbox-courier.ts'
export type { OutboxObserver } from './outbox-dispatcher.ts'
export type { Permission } from './permissions.ts'
export type { After, Now, RandomBytes } from './ports.ts'
export type { Presence } from './presence.ts'
export type { PushPorts, PushProblem } from './push-courier.ts'
export type { PushCredential } from './push-credential.ts'
export type { PushAnswer, PushNotice, PushRequest, SendPush } from './push-sender.ts'
export type {
  AccountRecord,
  AddressConfigurationRecord,
  AddressPair,
  AddressType,
  BindingRecord,
  ChannelPartRecord,
  ContentTemplateRecord,
  ConversationRecord,
  DeviceCursor,
  MediaRecord,
  MessageRecord,
  NotificationsRecord,
  OptOutAnswerRecord,
  OptOutRecord,
  OutboxDraft,
  OutboxEntry,
  OutboxKind,
  OutboxPayloads,
  OutboxQueue,
  ParticipantRecord,
  PushCredentialRecord,
  PushRegistrationRecord,
  PushRule,
  PushSecret,
  ReceiptRecord,
  RoleRecord,
  ServiceRecord,
  TimersRecord,
  UserRecord,
  WebhookRecord,
} from './records.ts'
export { OUTBOX_KINDS } from './records.ts'
export { Refusal } from './refusal.ts'
export type { LogPlace } from './resume.ts'
export { SILENT } from './service-notifications.ts'
export { messageIndexOf, messageSid } from './sids.ts'
export type {
  AddressConfigurationRange,
  Awaitable,
  ConversationRange,
  DeviceRow,
  Foresight,
  KeptAnswer,
  Leases,
  MembershipRow,
  MessageRange,
  OutboxCounts,
  ParticipationCursor,
  PlacedReceipt,
  PushRegistrationRange,
  Reads,
  Scope,
  Store,
  Tx,
  UserKey,
} from './store.ts'
export { LeaseLost } from './store.ts'
export { StoreDamaged } from './store-damaged.ts'
export { refusalAfter, StoreUnavailable } from './store-unavailable.ts'
export type { RepeatKey, Submission } from './submit.ts'
export { type TokenHolder, TokenLife, type TokenTimes } from './token-life.ts'
export { TYPING_TIMEOUT } from './typing.ts'
export { userName } from './user-name.ts'
export type { UserSubscriptions } from './user-subscriptions.ts'
export { type Verified, verify } from './verify.ts'
export { deliveryView, messageView } from './views.ts'
export { readWebSubscription, type WebSubscription } from './web-subscription.ts'

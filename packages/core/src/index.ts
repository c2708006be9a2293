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
} from './channels/channel.ts'
export type { ChannelPlace } from './channels/channel-holder.ts'
export type {
  AnyCommand,
  AnyCommandType,
  AnyResult,
  AssembledParticipant,
  GivenWith,
  InboundMessage,
  ReceivedMessage,
  WebhookConfiguration,
} from './commands/back-end-command.ts'
export type { ChannelTemplate } from './commands/content-message.ts'
export { approvableType } from './commands/content-template.ts'
export { MEDIA_LIMITS, type MediaGrant, type MediaLimits, type MediaPorts } from './commands/media.ts'
export { wordIn } from './commands/opt-out.ts'
export type { OptOutTexts } from './commands/opt-out-answer.ts'
export type { PushCredential } from './commands/push-credential.ts'
export { SILENT } from './commands/service-notifications.ts'
export { deliveryView, messageView } from './commands/views.ts'
export { readWebSubscription, type WebSubscription } from './commands/web-subscription.ts'
export { Core, type CoreLimits, type Ports } from './core.ts'
export type { Account } from './execution/back-end.ts'
export { Deadlines } from './execution/deadlines.ts'
export type { RepeatKey, Submission } from './execution/submit.ts'
export { type TokenHolder, TokenLife, type TokenTimes } from './execution/token-life.ts'
export type { Attachment } from './fan-out/attachment.ts'
export { isUserEvent, type Listener } from './fan-out/fan-out.ts'
export type { Presence } from './fan-out/presence.ts'
export { TYPING_TIMEOUT } from './fan-out/typing.ts'
export type { UserSubscriptions } from './fan-out/user-subscriptions.ts'
export { HOOK_TRIES, type HookAnswer, type HookPorts, type HookRequest } from './hooks/hook-courier.ts'
export { Import, type ImportPlace, type ImportPorts } from './import/import.ts'
export type { ConversationProgress, ListedCounts } from './import/import-progress.ts'
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
} from './import/import-source.ts'
export type { FoundMedia } from './media/media-read.ts'
export type { Upload } from './media/media-upload.ts'
export type { DeadLetterFilter } from './outbox/dead-letters.ts'
export { OUTBOX_OUTCOMES, type OutboxOutcome } from './outbox/outbox-courier.ts'
export type { OutboxObserver } from './outbox/outbox-dispatcher.ts'
export { type Blobs, type ByteRange, type Content, StorageFull } from './ports/blobs.ts'
export type { Bus, BusMessage, Feed, Notice } from './ports/bus.ts'
export type { BlobInventory, Finding, FindingKind, Inventory, Rows } from './ports/inventory.ts'
export type { After, Now, RandomBytes } from './ports/ports.ts'
export { messageIndexOf, messageSid } from './ports/sids.ts'
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
} from './ports/store.ts'
export { LeaseLost } from './ports/store.ts'
export { StoreDamaged } from './ports/store-damaged.ts'
export { refusalAfter, StoreUnavailable } from './ports/store-unavailable.ts'
export { userName } from './ports/user-name.ts'
export type { PushPorts, PushProblem } from './push/push-courier.ts'
export type { PushAnswer, PushNotice, PushRequest, SendPush } from './push/push-sender.ts'
export {
  type DeliveryReceipt,
  INQUIRIES,
  type Inquiry,
  type Membership,
  type Page,
  type Participation,
  type PushBinding,
  type ReachedUser,
} from './queries/inquiry.ts'
export type { Named, Names } from './queries/names.ts'
export type { LogPlace } from './queries/resume.ts'
export { type Actor, type BackEnd, SYSTEM_IDENTITY } from './records/actor.ts'
export { channelOf } from './records/address.ts'
export { jsonDepthExceeds } from './records/attributes.ts'
export { isCleanText } from './records/clean-text.ts'
export { type ContentTypes, type ContentVariables, filled, placesIn } from './records/content-data.ts'
export { nextTransition, transitionsOf } from './records/conversation-timers.ts'
export { parseJsonObject } from './records/json-object.ts'
export type { DeviceCursor, OutboxDraft, OutboxEntry, OutboxKind, OutboxPayloads, OutboxQueue } from './records/outbox-entry.ts'
export { OUTBOX_KINDS } from './records/outbox-entry.ts'
export type { Permission } from './records/permissions.ts'
export type {
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
  NotificationsRecord,
  OptOutAnswerRecord,
  OptOutRecord,
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
} from './records/records.ts'
export { Refusal } from './records/refusal.ts'
export { type Verified, verify } from './verify/verify.ts'

import type { Delivery } from '@conversa/protocol'
import type {
  ConversationRecord,
  MediaRecord,
  MessageRecord,
  ParticipantRecord,
  ReceiptRecord,
  RoleRecord,
  ServiceRecord,
  UserRecord,
  WebhookRecord,
} from '../records/records.ts'

/*
 * What a server that is moved from shows of itself, after it was parsed: what we keep, without what derives from it (counters,
 * revisions, SIDs of what something belongs to).
 */

export type SourceService = Omit<ServiceRecord, 'accountSid'>

/** Permissions as they are called there; we may not know them all. */
export type SourceRole = Omit<RoleRecord, 'serviceSid' | 'permissions'> & { readonly permissions: readonly string[] }

export type SourceUser = Omit<UserRecord, 'serviceSid' | 'revision'>

export type SourceWebhook = Omit<WebhookRecord, 'accountSid' | 'serviceSid' | 'conversationSid'>

/** What a webhook of a whole service or account says: who is asked before, and who is told. */
export type SourceHooks = Pick<WebhookRecord, 'preUrl' | 'postUrl' | 'method' | 'filters' | 'target'>

export interface SourceConversation
  extends Pick<
    ConversationRecord,
    | 'sid'
    | 'uniqueName'
    | 'friendlyName'
    | 'attributes'
    | 'state'
    | 'messagingServiceSid'
    | 'email'
    | 'dateCreated'
    | 'dateUpdated'
  > {
  /** When it becomes inactive and closed, milliseconds since 1970; null is never. How long the timers are is not shown. */
  readonly inactiveAt: number | null
  readonly closedAt: number | null
}

export type SourceParticipant = Omit<ParticipantRecord, 'conversationSid' | 'thread'>

export type SourceReceipt = Omit<ReceiptRecord, 'conversationSid' | 'index'>

export interface SourceMessage
  extends Omit<MessageRecord, 'conversationSid' | 'revision' | 'lastUpdatedBy' | 'key' | 'content' | 'delivery' | 'removed'> {
  readonly delivery: Delivery | null
  /** One for each participant outside of the app that something is known of. */
  readonly receipts: readonly SourceReceipt[]
}

/** A file of a message, whose bytes were found. */
export type SourceFile = Pick<MediaRecord, 'sid' | 'owner' | 'size' | 'contentType' | 'filename' | 'category' | 'dateCreated'>

/** What could not be moved as it is, and why. */
export interface ImportProblem {
  readonly resource: 'service' | 'role' | 'user' | 'conversation' | 'participant' | 'message' | 'media' | 'receipt' | 'webhook'
  readonly sid: string
  readonly reason: string
  /** Something of the source is missing here; else it is here, and not quite as it was. */
  readonly isLost: boolean
}

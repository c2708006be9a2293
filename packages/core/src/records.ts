import type { ConversationState, LastMessage, NotificationLevel } from '@conversa/protocol'
import type { Permission } from './permissions.ts'

/*
 * What the stores keep. Records are immutable: a change is a new record. Dates are milliseconds since 1970, attributes are JSON
 * texts as they came in.
 */

/** A tenant. */
export interface ServiceRecord {
  readonly sid: string
  readonly accountSid: string
  readonly friendlyName: string
  readonly defaultServiceRoleSid: string
  readonly defaultConversationRoleSid: string
  readonly defaultCreatorRoleSid: string
  readonly reachabilityEnabled: boolean
  readonly dateCreated: number
  readonly dateUpdated: number
}

export interface RoleRecord {
  readonly sid: string
  readonly serviceSid: string
  readonly type: 'service' | 'conversation'
  readonly friendlyName: string
  readonly permissions: readonly Permission[]
  readonly dateCreated: number
  readonly dateUpdated: number
}

export interface UserRecord {
  readonly sid: string
  readonly serviceSid: string
  readonly identity: string
  readonly roleSid: string
  readonly friendlyName: string | null
  readonly attributes: string
  readonly dateCreated: number
  readonly dateUpdated: number
  /** Revision of the user's own scope. */
  readonly revision: number
}

export interface ConversationRecord {
  readonly sid: string
  readonly serviceSid: string
  readonly uniqueName: string | null
  readonly friendlyName: string | null
  readonly attributes: string
  readonly createdBy: string
  readonly state: ConversationState
  readonly stateUpdated: number
  readonly dateCreated: number
  readonly dateUpdated: number
  /** Revision of the conversation's scope; every event of it raises this by one. */
  readonly revision: number
  /** The index that the next message gets. */
  readonly nextIndex: number
  readonly messagesCount: number
  readonly participantsCount: number
  readonly lastMessage: LastMessage | null
  /** When something was last said here; lists are sorted by it. */
  readonly activity: number
}

export interface ParticipantRecord {
  readonly sid: string
  readonly conversationSid: string
  readonly identity: string | null
  readonly roleSid: string | null
  readonly attributes: string
  readonly notificationLevel: NotificationLevel
  readonly lastReadMessageIndex: number | null
  readonly lastReadTimestamp: number | null
  readonly dateCreated: number
  readonly dateUpdated: number
}

export interface MessageRecord {
  readonly conversationSid: string
  readonly sid: string
  readonly index: number
  /** The conversation's revision at which the message was stored: the message is its own log entry. */
  readonly revision: number
  readonly author: string
  readonly participantSid: string | null
  readonly body: string | null
  readonly attributes: string
  readonly lastUpdatedBy: string | null
  readonly dateCreated: number
  readonly dateUpdated: number
  /** The sender's key, unique per conversation and author (G2). It outlives the message's content. */
  readonly key: string | null
  /** A tombstone: the index stays taken, the content is gone. */
  readonly removed: boolean
}

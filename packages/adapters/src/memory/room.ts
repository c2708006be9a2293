import type { MessageRecord, ParticipantRecord, ReceiptRecord } from '@conversa/core'
import type { ConversationEvent } from '@conversa/protocol'

/** What one conversation holds. */
export interface Room {
  readonly participants: Map<string, ParticipantRecord>
  readonly messages: MessageRecord[]
  readonly keys: Map<string, number>
  readonly events: ConversationEvent[]
  /** By index and participant. */
  readonly receipts: Map<string, ReceiptRecord>
}

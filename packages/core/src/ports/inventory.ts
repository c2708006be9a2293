import type {
  ConversationRecord,
  MediaRecord,
  MessageRecord,
  ParticipantRecord,
  ServiceRecord,
  UserRecord,
} from '../records/records.ts'
import type { Reads } from './store.ts'

/** Rows one by one, at once or as they come. */
export type Rows<Row> = Iterable<Row> | AsyncIterable<Row>

/**
 * Everything that a store keeps, of one committed state, for whoever checks it. `Reads` answers what is asked by name, as the server
 * does; this walks over all rows, whatever an index or a counter says of them.
 */
export interface Inventory {
  readonly reads: Reads
  services(): Rows<ServiceRecord>
  users(): Rows<UserRecord>
  conversations(): Rows<ConversationRecord>
  participants(conversation: ConversationRecord): Rows<ParticipantRecord>
  /** Messages and tombstones in the order of their indexes. */
  messages(conversation: ConversationRecord): Rows<MessageRecord>
  /** Revisions of logged events in their order; those of messages are their own. */
  conversationRevisions(conversation: ConversationRecord): Rows<number>
  userRevisions(user: UserRecord): Rows<number>
  media(): Rows<MediaRecord>
  /** What the store itself finds wrong: rows that belong to nothing, damaged pages. */
  damages(): Rows<Finding>
}

/** Every file that is kept, for whoever checks it. */
export interface BlobInventory {
  sids(): Rows<string>
  /** Bytes of a file; undefined when there is none. */
  size(sid: string): Promise<number | undefined>
}

/** What can be wrong. */
export type FindingKind =
  | 'damaged'
  | 'orphan'
  | 'counter'
  | 'unread'
  | 'index'
  | 'revision'
  | 'reference'
  | 'lookup'
  | 'receipts'
  | 'media'

/** Something that is wrong, and with what. */
export interface Finding {
  readonly kind: FindingKind
  /** SID of what it is about, or the name of a row. */
  readonly subject: string
  /** What is wrong, as a sentence that holds nothing that people wrote. */
  readonly message: string
}

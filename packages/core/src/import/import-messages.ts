import { Changes } from '../commands/changes.ts'
import { mediaRecords } from '../commands/media.ts'
import { countsOf } from '../commands/receipt.ts'
import { messageSid } from '../ports/sids.ts'
import type { Reads, Tx } from '../ports/store.ts'
import { SYSTEM_IDENTITY } from '../records/actor.ts'
import {
  type ConversationRecord,
  differing,
  type MediaRecord,
  type MessageRecord,
  type ReceiptRecord,
} from '../records/records.ts'
import type { ConversationProgress } from './import-progress.ts'
import { type Digest, digestOnward, shownMessage } from './import-shown.ts'
import type { ImportProblem, SourceMessage, SourceReceipt } from './import-source.ts'

/**
 * Why a message that an earlier run left out stays out: whoever was here since knows that nothing is at its index, and an index is given
 * out once (G3).
 */
const GONE =
  'nothing is at its index here, which is given out once: it was removed, or left out by an earlier run. Delete the conversation here to have it brought over anew'

/** Indexes that one transaction looks at. */
export const STRETCH = 500

/** What is listed of a stretch of indexes; what is not listed in between is gone at the source. */
export interface Stretch {
  readonly from: number
  /** The last index of it, included. */
  readonly through: number
  readonly messages: readonly SourceMessage[]
}

/** What bringing a stretch over comes to. */
export interface StretchOutcome {
  readonly changes: Changes
  readonly problems: readonly ImportProblem[]
  write(tx: Tx): void
}

/**
 * Makes a stretch of a conversation what the source says of it: what is new is added at its index, what differs is edited, what is not
 * there any more becomes a tombstone. An index that the source never shows gets a tombstone as if its message had been removed here,
 * so that unread counts and the log stay exact (G4, G5).
 */
export async function importStretch(reads: Reads, conversation: ConversationRecord, stretch: Stretch): Promise<StretchOutcome> {
  const walk = new Walk(conversation)
  await walk.begin(reads, stretch.from)
  const present = await presentIn(reads, conversation, stretch)
  const listed = new Map(stretch.messages.map((message) => [message.index, message]))
  for (let index = stretch.from; index <= stretch.through; index++) {
    const [said, there] = [listed.get(index), present.get(index)]
    if (index >= walk.changes.conversation.nextIndex) {
      if (said && (await walk.isNew(reads, said))) walk.add(said, await filesOf(reads, conversation, said))
      else walk.skip(index)
    } else if (said && there) {
      await walk.compare(reads, there, said)
    } else if (there) {
      walk.remove(there, await filesOf(reads, conversation, there))
    } else if (said) {
      walk.problems.push(lost(said, GONE))
    }
  }
  return walk
}

/** The same progress after a stretch. */
export function afterStretch(
  progress: ConversationProgress,
  { through, messages }: Stretch,
  revision: number,
  digest: Digest,
): ConversationProgress {
  const { listed } = progress
  let { messagesDigest } = progress
  for (const message of messages) messagesDigest = digestOnward(messagesDigest, shownMessage(message), digest)
  const receipts = messages.reduce((sum, message) => sum + message.receipts.length, listed.receipts)
  const files = messages.reduce((sum, { media }) => sum + media.length, listed.files)
  const counts = { ...listed, messages: listed.messages + messages.length, receipts, files }
  return { ...progress, revision, nextIndex: through + 1, listed: counts, messagesDigest }
}

/** One walk over a stretch, from its beginning to its end. */
class Walk implements StretchOutcome {
  readonly changes: Changes
  readonly problems: ImportProblem[] = []
  readonly #writes: ((tx: Tx) => void)[] = []
  readonly #sids = new Set<string>()
  /** The newest message below the index that is looked at. */
  #before: ConversationRecord['lastMessage'] = null

  constructor(conversation: ConversationRecord) {
    this.changes = new Changes(conversation)
  }

  async begin(reads: Reads, from: number): Promise<void> {
    const range = { from: from - 1, direction: 'backwards', limit: 1 } as const
    const [newest] = from === 0 ? [] : await reads.messages(this.changes.conversation.sid, range)
    this.#before = newest ? { index: newest.index, dateCreated: newest.dateCreated } : null
  }

  /** Whether no other message of the conversation has its SID. */
  async isNew(reads: Reads, said: SourceMessage): Promise<boolean> {
    const isTaken = this.#sids.has(said.sid) || (await reads.messageBySid(this.changes.conversation.sid, said.sid)) !== undefined
    this.#sids.add(said.sid)
    if (isTaken) this.problems.push(lost(said, 'another message of its conversation has this SID'))
    return !isTaken
  }

  add(said: SourceMessage, files: readonly MediaRecord[]): void {
    const { receipts, delivery, ...fields } = said
    const { sid: conversationSid } = this.changes.conversation
    const counts = delivery && countsOf(delivery, receipts)
    const none = { content: null, lastUpdatedBy: null, key: null, removed: false }
    const message = { ...fields, ...none, conversationSid, delivery: counts }
    this.changes.messageAdded(message, said.dateCreated, files)
    for (const receipt of receipts) this.#writes.push((tx) => tx.saveReceipt(receiptOf(conversationSid, said.index, receipt)))
    this.#before = { index: said.index, dateCreated: said.dateCreated }
  }

  /** Takes an index of which the source shows nothing. */
  skip(index: number): void {
    const { sid: conversationSid, lastMessage, dateCreated: begun, revision } = this.changes.conversation
    const dateCreated = lastMessage?.dateCreated ?? begun
    const nothing: Omit<MessageRecord, 'revision'> = {
      conversationSid,
      sid: messageSid(conversationSid, index),
      index,
      author: SYSTEM_IDENTITY,
      participantSid: null,
      body: null,
      subject: null,
      media: [],
      attributes: '{}',
      lastUpdatedBy: null,
      dateCreated,
      dateUpdated: dateCreated,
      key: null,
      content: null,
      delivery: null,
      removed: false,
    }
    this.changes.messageAdded(nothing, dateCreated)
    this.changes.messageRemoved({ ...nothing, revision: revision + 1 }, lastMessage)
  }

  remove(there: MessageRecord, files: readonly MediaRecord[]): void {
    const { lastMessage } = this.changes.conversation
    this.changes.messageRemoved(there, lastMessage?.index === there.index ? this.#before : lastMessage, files)
  }

  async compare(reads: Reads, there: MessageRecord, said: SourceMessage): Promise<void> {
    this.#before = { index: said.index, dateCreated: said.dateCreated }
    if (there.sid !== said.sid) {
      this.problems.push(lost(said, 'its index is taken here by another message'))
      return
    }
    const message = await this.#compareReceipts(reads, there, said)
    for (const file of await filesOf(reads, this.changes.conversation, said)) this.#attach(file, message)
    const { author, participantSid, subject, attributes, dateCreated, body } = said
    const changed = differing(message, { author, participantSid, subject, attributes, dateCreated, body: body ?? undefined })
    if (Object.keys(changed).length === 0 && said.dateUpdated === there.dateUpdated) return
    this.changes.messageUpdated(message, changed, SYSTEM_IDENTITY, said.dateUpdated)
  }

  write(tx: Tx): void {
    this.changes.write(tx)
    for (const write of this.#writes) write(tx)
  }

  /** A file that was found only now goes to the message that was there before it. */
  #attach(file: MediaRecord, { conversationSid, index }: MessageRecord): void {
    if (file.state === 'pending')
      this.#writes.push((tx) => tx.saveMedia({ ...file, state: 'sent', message: { conversationSid, index } }))
  }

  async #compareReceipts(reads: Reads, there: MessageRecord, said: SourceMessage): Promise<MessageRecord> {
    if (!said.delivery) return there
    const delivery = countsOf(said.delivery, said.receipts)
    const known = there.delivery ? await reads.receipts(there.conversationSid, there.index) : []
    const message = { ...there, delivery }
    for (const one of said.receipts) {
      const receipt = receiptOf(there.conversationSid, there.index, one)
      const before = known.find(({ participantSid }) => participantSid === receipt.participantSid)
      const isSame = before && Object.keys(differing(before, receipt)).length === 0
      if (!isSame) this.changes.receiptRecorded(message, receipt, delivery)
    }
    return message
  }
}

function receiptOf(conversationSid: string, index: number, receipt: SourceReceipt): ReceiptRecord {
  return { ...receipt, conversationSid, index }
}

const lost = ({ sid }: SourceMessage, reason: string): ImportProblem => ({ resource: 'message', sid, reason, isLost: true })

/** What is stored of the stretch, without tombstones. */
async function presentIn(
  reads: Reads,
  { sid, nextIndex }: ConversationRecord,
  { from, through }: Stretch,
): Promise<ReadonlyMap<number, MessageRecord>> {
  if (from >= nextIndex) return new Map()
  const rows = await reads.messages(sid, { from, direction: 'forward', limit: through - from + 1 })
  return new Map(rows.filter(({ index }) => index <= through).map((row) => [row.index, row]))
}

/** The files of a message whose bytes are here. */
async function filesOf(
  reads: Reads,
  { serviceSid }: ConversationRecord,
  { media }: Pick<MessageRecord, 'media'>,
): Promise<readonly MediaRecord[]> {
  const found = await mediaRecords(
    reads,
    media.map(({ sid }) => sid),
  )
  return found.filter((file) => file !== undefined && file.serviceSid === serviceSid && isHere(file)) as MediaRecord[]
}

const isHere = ({ state }: MediaRecord) => state === 'pending' || state === 'sent'

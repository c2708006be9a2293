import type { Delivery, DeliveryStatus } from '@conversa/protocol'
import type { Actor } from '../records/actor.ts'
import type { ConversationRecord, DeliveryCounts, MessageRecord, ParticipantRecord, ReceiptRecord } from '../records/records.ts'
import { Refusal } from '../records/refusal.ts'
import { type Access, accessInside } from './access.ts'
import { Changes } from './changes.ts'
import { conversationScope, handler } from './handler.ts'
import { deliveryView, receiptView } from './views.ts'

/**
 * From the least to the most that can be said of a delivery. Carriers report in any order, and what is known never goes back: the
 * furthest report stands, whichever came first (rest-and-semantics 3.9).
 */
const ORDER: readonly DeliveryStatus[] = ['queued', 'sent', 'failed', 'undelivered', 'delivered', 'read']

/** What a status counts as: who got a message has been sent it, and who read it has got it. */
const COUNTED: Readonly<Record<DeliveryStatus, readonly Exclude<keyof DeliveryCounts, 'total'>[]>> = {
  queued: [],
  sent: ['sent'],
  failed: ['failed'],
  undelivered: ['sent', 'undelivered'],
  delivered: ['sent', 'delivered'],
  read: ['sent', 'delivered', 'read'],
}

/**
 * What a new message is expected to be delivered to.
 *
 * @param author the participant who wrote it; it does not go back to them
 * @returns null when nobody outside of the app is in the conversation: then it costs nothing
 */
export function expectedDelivery(
  { nonChatCount }: ConversationRecord,
  author: ParticipantRecord | undefined,
): DeliveryCounts | null {
  const total = nonChatCount - (author?.binding ? 1 : 0)
  return total > 0 ? { total, sent: 0, delivered: 0, read: 0, failed: 0, undelivered: 0 } : null
}

interface RecordFacts extends Access {
  readonly actor: Actor
  readonly message: MessageRecord
  /** What is known of the delivery to this participant. */
  readonly known: ReceiptRecord | undefined
  readonly receiptsCount: number
  readonly participant: ParticipantRecord | undefined
}

/** A carrier's report on a message and a participant outside of the app, who may have left meanwhile. Also when closed. */
export const recordReceipt = handler<'receipt.record', RecordFacts>({
  scopes: conversationScope,
  async facts(reads, actor, { conversationSid, index, participantSid }) {
    const found = await accessInside(reads, actor, conversationSid)
    if (found instanceof Refusal) return found
    const message = await reads.message(conversationSid, index)
    if (!message || message.removed) return new Refusal('message-not-found')
    const receipts = await reads.receipts(conversationSid, index)
    const known = receipts.find((receipt) => receipt.participantSid === participantSid)
    const participant = await reads.participant(conversationSid, participantSid)
    return { ...found, actor, message, known, receiptsCount: receipts.length, participant }
  },
  decide({ conversation, actor, message, known, receiptsCount, participant }, command, { now, makeSid }) {
    if (actor.kind !== 'back-end') return new Refusal('access-denied')
    const { delivery } = message
    const isExpected = known !== undefined || (participant?.binding != null && receiptsCount < (delivery?.total ?? 0))
    if (!delivery || !isExpected) return new Refusal('participant-not-found')
    const changes = new Changes(conversation)
    if (known && ORDER.indexOf(command.status) <= ORDER.indexOf(known.status)) {
      return { changes, result: { receipt: receiptView(known, message.sid) } }
    }
    const receipt: ReceiptRecord = {
      sid: known?.sid ?? makeSid('receipt'),
      conversationSid: conversation.sid,
      index: message.index,
      participantSid: command.participantSid,
      channelMessageSid: command.channelMessageSid,
      status: command.status,
      errorCode: command.errorCode ?? null,
      dateCreated: known?.dateCreated ?? now,
      dateUpdated: now,
    }
    changes.receiptRecorded(message, receipt, recounted(delivery, known?.status, command.status))
    return { changes, result: { receipt: receiptView(receipt, message.sid) } }
  },
})

/** What a message counts whose receipts are these. @param total how many are expected */
export function deliveredBy(total: number, receipts: readonly Pick<ReceiptRecord, 'status'>[]): DeliveryCounts {
  const none: DeliveryCounts = { total, sent: 0, delivered: 0, read: 0, failed: 0, undelivered: 0 }
  return receipts.reduce((counts, { status }) => recounted(counts, undefined, status), none)
}

/**
 * The counts behind the amounts that somebody else shows: those of the receipts when they say the same, and the least that the
 * amounts can mean when they do not.
 */
export function countsOf(shown: Delivery, receipts: readonly Pick<ReceiptRecord, 'status'>[]): DeliveryCounts {
  const counts = { ...deliveredBy(shown.total, receipts) }
  const least = { none: 0, some: 1, all: shown.total } as const
  const amounts = deliveryView(counts)
  for (const name of ['sent', 'delivered', 'read', 'failed', 'undelivered'] as const) {
    if (amounts[name] !== shown[name]) counts[name] = least[shown[name]]
  }
  return counts
}

function recounted(counts: DeliveryCounts, from: DeliveryStatus | undefined, to: DeliveryStatus): DeliveryCounts {
  const next = { ...counts }
  for (const name of from ? COUNTED[from] : []) next[name]--
  for (const name of COUNTED[to]) next[name]++
  return next
}

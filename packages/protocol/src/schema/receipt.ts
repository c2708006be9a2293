import { type Static, Type } from 'typebox'
import { LIMITS } from '../limits.ts'
import { ClientKey, Count, closed, Instant, MessageIndex, Nullable, Revision, Sid } from './scalar.ts'

/** How far a message has come on its way to one participant outside of the app, from the least to the most. */
export const DeliveryStatus = Type.Union([
  Type.Literal('queued'),
  Type.Literal('sent'),
  Type.Literal('failed'),
  Type.Literal('undelivered'),
  Type.Literal('delivered'),
  Type.Literal('read'),
])
export type DeliveryStatus = Static<typeof DeliveryStatus>

export const DeliveryAmount = Type.Union([Type.Literal('none'), Type.Literal('some'), Type.Literal('all')])
export type DeliveryAmount = Static<typeof DeliveryAmount>

/** Why a carrier could not deliver. */
const ErrorCode = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** How many of the participants outside of the app a message has reached (rest-and-semantics 3.9). */
export const Delivery = Type.Object(
  {
    total: Count,
    sent: DeliveryAmount,
    delivered: DeliveryAmount,
    read: DeliveryAmount,
    failed: DeliveryAmount,
    undelivered: DeliveryAmount,
  },
  { ...closed, description: 'Of `total` participants; who got further counts as `sent` and `delivered` too' },
)
export type Delivery = Static<typeof Delivery>

/** The way of one message to one participant. */
export const Receipt = Type.Object(
  {
    sid: Sid('DY'),
    index: MessageIndex,
    messageSid: Sid('IM'),
    participantSid: Sid('MB'),
    channelMessageSid: Type.String({
      minLength: 1,
      maxLength: LIMITS.channelMessageSidCharacters,
      description: 'What the carrier calls the message',
    }),
    status: DeliveryStatus,
    errorCode: Nullable(ErrorCode),
    dateCreated: Instant,
    dateUpdated: Instant,
  },
  closed,
)
export type Receipt = Static<typeof Receipt>

export const RecordReceipt = Type.Object(
  {
    type: Type.Literal('receipt.record'),
    conversationSid: Sid('CH'),
    index: MessageIndex,
    participantSid: Sid('MB'),
    channelMessageSid: Receipt.properties.channelMessageSid,
    status: DeliveryStatus,
    errorCode: Type.Optional(Nullable(ErrorCode)),
    key: Type.Optional(ClientKey),
  },
  {
    ...closed,
    description: 'What a carrier reports; for back ends only. A report that says less than is known changes nothing.',
  },
)
export const ReceiptResult = Type.Object({ receipt: Receipt }, closed)

export const ListReceipts = Type.Object(
  { type: Type.Literal('receipt.list'), conversationSid: Sid('CH'), index: MessageIndex },
  { ...closed, description: 'The receipts of a message: at most one per participant outside of the app.' },
)
export const ReceiptList = Type.Object({ receipts: Type.Array(Receipt) }, closed)

export const ReceiptRecorded = Type.Object(
  {
    type: Type.Literal('receipt.recorded'),
    conversationSid: Sid('CH'),
    revision: Revision,
    index: MessageIndex,
    receipt: Receipt,
    delivery: Delivery,
  },
  { ...closed, description: 'A message has come further on its way to a participant outside of the app.' },
)

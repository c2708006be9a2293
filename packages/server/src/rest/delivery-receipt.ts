import { type DeliveryReceipt, INQUIRIES } from '@conversa/core'
import { Type } from 'typebox'
import { fetching, listing } from './operation.ts'
import { type SidCursor, sidCursor } from './paging.ts'
import { iso, type Place } from './place.ts'

/** What a carrier reported, as REST shows it. */
function showReceipt({ receipt, messageSid }: DeliveryReceipt, place: Place): object {
  return {
    sid: receipt.sid,
    account_sid: place.accountSid,
    ...(place.isServiceForm && { chat_service_sid: place.serviceSid }),
    conversation_sid: receipt.conversationSid,
    message_sid: messageSid,
    channel_message_sid: receipt.channelMessageSid,
    participant_sid: receipt.participantSid,
    status: receipt.status,
    error_code: receipt.errorCode,
    date_created: iso(receipt.dateCreated),
    date_updated: iso(receipt.dateUpdated),
    url: place.url(`/Conversations/${receipt.conversationSid}/Messages/${messageSid}/Receipts/${receipt.sid}`),
  }
}

const LIST = '/Conversations/{ConversationSid}/Messages/{MessageSid}/Receipts'

/** Carriers make receipts: here they are only read (rest-and-semantics 3.9). */
export const DELIVERY_RECEIPT_OPERATIONS = [
  listing({
    name: 'DeliveryReceipt.list',
    path: LIST,
    key: 'delivery_receipts',
    sizes: { usual: 50, most: 50 },
    fields: Type.Object({}),
    ask: ({ path }, after: SidCursor | undefined, limit) =>
      INQUIRIES.receipts(path.ConversationSid as string, path.MessageSid as string, after?.sid, limit),
    cursor: { schema: sidCursor('DY'), of: ({ receipt: { sid } }) => ({ sid }) },
    show: showReceipt,
  }),
  fetching({
    name: 'DeliveryReceipt.fetch',
    path: `${LIST}/{ReceiptSid}`,
    ask: ({ path }) => INQUIRIES.receipt(path.ConversationSid as string, path.MessageSid as string, path.ReceiptSid as string),
    show: showReceipt,
  }),
]

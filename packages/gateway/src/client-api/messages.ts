import { Refusal } from '@conversa/core'
import { type Answer, created, DONE, ok } from './answer.ts'
import { type Call, Refused } from './call.ts'
import type { Links } from './links.ts'

/** Sends a message. Of no text and no files there is an empty text, which is refused as such. */
export async function sendMessage(call: Call, links: Links, name: string): Promise<Answer> {
  const { sid: conversationSid } = await call.conversation(name)
  const { body, subject, attributes, media_sids: media, content_sid: contentSid } = call.request.body
  const hasFiles = Array.isArray(media) && media.length > 0
  const text = hasFiles ? body || null : (body ?? '')
  // A template says what the message says, whatever text was set before.
  const made = { contentSid, contentVariables: call.request.body.content_variables }
  const sent = { body: contentSid === undefined ? text : null, subject, attributes, ...made, ...(hasFiles && { media }) }
  const { index, sid } = await call.execute('message.send', { conversationSid, ...sent })
  return created({
    sid,
    index,
    conversation_sid: conversationSid,
    url: `${links.conversations}/${conversationSid}/Messages/${sid}`,
  })
}

export async function updateMessage(call: Call, _links: Links, name: string, messageSid: string): Promise<Answer> {
  const { conversationSid, index } = await place(call, name, messageSid)
  const { body, attributes } = call.request.body
  await call.execute('message.update', { conversationSid, index, body, attributes })
  return ok({ sid: messageSid, index })
}

export async function removeMessage(call: Call, _links: Links, name: string, messageSid: string): Promise<Answer> {
  await call.execute('message.remove', await place(call, name, messageSid))
  return DONE
}

/** How far a message has come on its way to each participant outside of the app, all on one page (twilio-wire-protocol 4.1). */
export async function listReceipts(call: Call, _links: Links, name: string, messageSid: string): Promise<Answer> {
  const { conversationSid, index } = await place(call, name, messageSid)
  const { receipts } = await call.ask('receipt.list', { conversationSid, index })
  return ok({
    delivery_receipts: receipts.map((receipt) => ({
      sid: receipt.sid,
      message_sid: receipt.messageSid,
      conversation_sid: conversationSid,
      channel_message_sid: receipt.channelMessageSid,
      participant_sid: receipt.participantSid,
      status: receipt.status,
      error_code: receipt.errorCode,
      date_created: new Date(receipt.dateCreated).toISOString(),
      date_updated: new Date(receipt.dateUpdated).toISOString(),
    })),
    meta: { next_token: null, previous_token: null },
  })
}

/** E-mails that messages went out as: none, while none are sent. */
export async function listRecipients(call: Call, _links: Links, name: string): Promise<Answer> {
  await call.conversation(name)
  return ok({ message_recipients: [], meta: { next_token: null, previous_token: null } })
}

async function place(call: Call, name: string, messageSid: string): Promise<{ conversationSid: string; index: number }> {
  const { sid: conversationSid } = await call.conversation(name)
  const index = await call.core.messageIndex(conversationSid, messageSid)
  if (index === undefined) throw new Refused(new Refusal('message-not-found'))
  return { conversationSid, index }
}

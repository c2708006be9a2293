import { messageSid, Refusal } from '@conversa/core'
import { isJsonObject } from '../../twilsock/json.ts'
import type { Answer } from '../answer.ts'
import { type Call, Refused } from '../call.ts'
import { createConversation, deleteConversation, updateConversation } from '../conversations.ts'
import type { Links } from '../links.ts'
import { removeMessage, sendMessage, updateMessage } from '../messages.ts'
import { updateMyConversation } from '../my-conversations.ts'
import { addParticipant, removeParticipant, updateParticipant } from '../participants.ts'
import { updateUser } from '../users.ts'

type Handler = (call: Call, links: Links, ...names: string[]) => Promise<Answer>
type Fields = Readonly<Record<string, unknown>>
type Read = Readonly<Record<string, unknown>>

/** A command of 1.x as what newer clients ask instead, and how its answer reads. */
interface Translation {
  readonly handler: Handler
  readonly names: readonly unknown[]
  readonly body?: Fields
  readonly answers?: (body: Read) => object
}

const nothing = () => ({})
const indexOf = ({ index }: Read) => ({ messageId: index })
const conversationOf = ({ sid, sync_objects }: Read) => ({
  conversationSid: sid,
  conversation: (sync_objects as { conversation: string }).conversation,
})

/** The message at an index, which comes as a number or as a text of it. */
function messageAt({ channelSid, messageIdx }: Fields): [unknown, string] {
  const index = Number(messageIdx)
  if (typeof channelSid !== 'string' || !Number.isSafeInteger(index) || index < 0)
    throw new Refused(new Refusal('parameter-invalid', { field: '/messageIdx' }))
  return [channelSid, messageSid(channelSid, index)]
}

/** Every command of 1.x (twilio-wire-protocol 4.3). The names that it uses are older than those of what it does. */
const COMMANDS: Readonly<Record<string, (fields: Fields, me: string) => Translation>> = {
  createConversation: ({ friendlyName: friendly_name, uniqueName: unique_name, attributes }) => ({
    handler: createConversation,
    names: [],
    body: { friendly_name, unique_name, attributes },
    answers: conversationOf,
  }),
  destroyChannel: ({ channelSid }) => ({ handler: deleteConversation, names: [channelSid] }),
  editAttributes: ({ channelSid, attributes }) => ({ handler: updateConversation, names: [channelSid], body: { attributes } }),
  editFriendlyName: ({ channelSid, friendlyName: friendly_name }) => ({
    handler: updateConversation,
    names: [channelSid],
    body: { friendly_name },
  }),
  editUniqueName: ({ channelSid, uniqueName: unique_name }) => ({
    handler: updateConversation,
    names: [channelSid],
    body: { unique_name },
  }),
  editNotificationLevel: ({ channelSid, notificationLevel: notification_level }) => ({
    handler: updateMyConversation,
    names: [channelSid],
    body: { notification_level },
  }),
  joinChannelV2: ({ channelSid }, identity) => ({ handler: addParticipant, names: [channelSid], body: { identity } }),
  leaveChannel: ({ channelSid }, me) => ({ handler: removeParticipant, names: [channelSid, me] }),
  addMemberV2: ({ channelSid, username: identity, attributes }) => ({
    handler: addParticipant,
    names: [channelSid],
    body: { identity, attributes },
    answers: (body) => body,
  }),
  addNonChatParticipant: ({ conversationSid, proxyAddress: proxy_address, address, attributes }) => ({
    handler: addParticipant,
    names: [conversationSid],
    body: { attributes, messaging_binding: { address, proxy_address } },
    answers: (body) => body,
  }),
  removeMember: ({ channelSid, memberSid, username }) => ({
    handler: removeParticipant,
    names: [channelSid, memberSid ?? username],
  }),
  editMemberAttributes: ({ channelSid, memberSid, attributes }) => ({
    handler: updateParticipant,
    names: [channelSid, memberSid],
    body: { attributes },
  }),
  sendMessage: ({ channelSid, text: body, attributes }) => ({
    handler: sendMessage,
    names: [channelSid],
    body: { body, attributes },
    answers: indexOf,
  }),
  sendMediaMessage: ({ channelSid, mediaSid, attributes }) => ({
    handler: sendMessage,
    names: [channelSid],
    body: { media_sids: [mediaSid], attributes },
    answers: indexOf,
  }),
  editMessage: (fields) => ({ handler: updateMessage, names: messageAt(fields), body: { body: fields.text } }),
  editMessageAttributes: (fields) => ({
    handler: updateMessage,
    names: messageAt(fields),
    body: { attributes: fields.attributes },
  }),
  deleteMessage: (fields) => ({ handler: removeMessage, names: messageAt(fields) }),
  editUserAttributes: ({ username, attributes }) => ({ handler: updateUser, names: [username], body: { attributes } }),
  editUserFriendlyName: ({ username, friendlyName: friendly_name }) => ({
    handler: updateUser,
    names: [username],
    body: { friendly_name },
  }),
}

/** What they are called; horizons are moved by one more. */
export const COMMAND_NAMES: readonly string[] = [...Object.keys(COMMANDS), 'consumptionReportV2']

/**
 * Carries a command of 1.x out.
 *
 * @param id of the command, which makes a repeated one the same
 * @returns the fields of its answer
 * @throws Refused
 */
export async function carryOut(call: Call, links: Links, id: string, request: Fields): Promise<object> {
  const { action } = request
  if (action === 'consumptionReportV2') return { report: await moveHorizons(call, links, id, request.report) }
  const translate = typeof action === 'string' && Object.hasOwn(COMMANDS, action) ? COMMANDS[action] : undefined
  if (!translate) throw new Refused(new Refusal('parameter-invalid', { field: '/action' }))
  const { handler, names, body = {}, answers = nothing } = translate(request, call.grant.identity)
  if (!names.every((name) => typeof name === 'string')) throw new Refused(new Refusal('parameter-invalid', { field: '/request' }))
  const answer = await handler(call.instead(body, id), links, ...names)
  return answers((answer.body ?? {}) as Read)
}

/** Horizons in one report. */
const MOST_HORIZONS = 100

/** Moves horizons. Each moves by itself: those that could not be moved are left out, unless that is all of them. */
async function moveHorizons(call: Call, links: Links, id: string, report: unknown): Promise<object[]> {
  const moved: object[] = []
  let refused = new Refused(new Refusal('parameter-invalid', { field: '/report' }))
  for (const [at, entry] of (Array.isArray(report) ? report.slice(0, MOST_HORIZONS) : []).entries()) {
    if (!isJsonObject(entry) || typeof entry.channelSid !== 'string') continue
    const { channelSid, messageIdx: last_read_message_index } = entry
    try {
      const { body } = await updateMyConversation(call.instead({ last_read_message_index }, `${id}.${at}`), links, channelSid)
      moved.push({ channelSid, unreadMessagesCount: (body as Read).unread_messages_count })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refused = error
    }
  }
  if (moved.length === 0) throw refused
  return moved
}

import { SERVICE_SID } from '../../end-to-end/in-process-server.ts'
import type { Conversation, Message } from '../../every-sdk/sdks.ts'
import type { backEndOf } from '../../rest/back-end.ts'
import type { Member } from './member.ts'

/** What a room is like to somebody who looks at it: the same through whatever they look. */
export interface RoomView {
  readonly friendlyName: string | null
  readonly uniqueName: string | null
  readonly attributes: unknown
  readonly counts: { readonly messages: number; readonly participants: number }
  readonly messages: readonly MessageView[]
  readonly participants: readonly ParticipantView[]
}

export interface MessageView {
  readonly index: number
  readonly sid: string
  readonly author: string | null
  readonly body: string | null
  /** Undefined in an SDK that does not have it. */
  readonly subject: string | null | undefined
  readonly attributes: unknown
  readonly lastUpdatedBy: string | null
  readonly files: readonly string[]
}

interface ParticipantView {
  readonly sid: string
  readonly identity: string | null
  readonly attributes: unknown
  readonly horizon: number | null
}

/** What is one member's own. */
export interface OwnView {
  readonly horizon: number | null
  readonly unread: number | null
  readonly level: string
}

const bySid = (one: { sid: string }, other: { sid: string }) => (one.sid < other.sid ? -1 : 1)

const messageView = (message: Message): MessageView => ({
  index: message.index,
  sid: message.sid,
  author: message.author,
  body: message.body || null,
  subject: message.subject,
  attributes: message.attributes,
  lastUpdatedBy: message.lastUpdatedBy,
  files: filesOf(message).map(({ sid }) => sid),
})

/** In 1.x a message has one file at most, and no list of them. */
const filesOf = ({ attachedMedia, media }: Message) => attachedMedia ?? (media ? [media] : [])

/** The messages that a client was told of, as it shows them now. */
export const liveView = ({ live }: Member): MessageView[] =>
  [...live.values()].sort((one, other) => one.index - other.index).map(messageView)

/** The room through an SDK, with every message read from the first on. */
export async function viewOf(conversation: Conversation): Promise<RoomView> {
  const participants = await conversation.getParticipants()
  return {
    friendlyName: conversation.friendlyName,
    uniqueName: conversation.uniqueName,
    attributes: conversation.attributes,
    counts: { messages: await conversation.getMessagesCount(), participants: await conversation.getParticipantsCount() },
    messages: (await history(conversation)).map(messageView),
    participants: participants
      .map(({ sid, identity, attributes, lastReadMessageIndex: horizon }) => ({ sid, identity, attributes, horizon }))
      .sort(bySid),
  }
}

/** What an SDK shows as its own user's. */
export async function ownViewOf(conversation: Conversation): Promise<OwnView> {
  const { lastReadMessageIndex: horizon, notificationLevel: level } = conversation
  return { horizon, unread: await conversation.getUnreadMessagesCount(), level }
}

async function history(conversation: Conversation): Promise<Message[]> {
  const messages: Message[] = []
  let page = await conversation.getMessages(70, 0, 'forward')
  for (;;) {
    messages.push(...page.items)
    if (!page.hasNextPage) return messages
    page = await page.nextPage()
  }
}

type BackEnd = ReturnType<typeof backEndOf>

/** The room through REST. */
export async function restViewOf(backEnd: BackEnd, conversationSid: string): Promise<RoomView> {
  const room = backEnd.conversations.v1.services(SERVICE_SID).conversations(conversationSid)
  const { friendlyName, uniqueName, attributes } = await room.fetch()
  const messages = await room.messages.list()
  const participants = await room.participants.list()
  return {
    friendlyName,
    uniqueName,
    attributes: JSON.parse(attributes),
    counts: { messages: messages.length, participants: participants.length },
    messages: messages.map((message) => ({
      index: message.index,
      sid: message.sid,
      author: message.author,
      body: message.body || null,
      // The vendor's REST does not show it.
      subject: (message as { subject?: string }).subject ?? null,
      attributes: JSON.parse(message.attributes),
      lastUpdatedBy: null,
      files: (message.media ?? []).map((media) => (media as { sid: string }).sid),
    })),
    participants: participants
      .map(({ sid, identity, attributes, lastReadMessageIndex: horizon }) => ({
        sid,
        identity,
        attributes: JSON.parse(attributes),
        horizon,
      }))
      .sort(bySid),
  }
}

/** What REST shows as one user's own. */
export async function restOwnViewOf(backEnd: BackEnd, conversationSid: string, identity: string): Promise<OwnView> {
  const own = backEnd.conversations.v1.services(SERVICE_SID).users(identity).userConversations(conversationSid)
  const { lastReadMessageIndex: horizon, unreadMessagesCount: unread, notificationLevel: level } = await own.fetch()
  return { horizon, unread, level }
}

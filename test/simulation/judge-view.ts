import { type Core, Refusal } from '@conversa/core'
import type { Result } from '@conversa/protocol'
import type { SimulatedUser } from './user.ts'

/**
 * Compares what a device shows of a conversation with the truth, field by field and message by message (I8 to I10).
 *
 * @returns what is violated, in words
 */
export async function judgeView(core: Core, serviceSid: string, user: SimulatedUser, sid: string): Promise<string[]> {
  const actor = { kind: 'user', serviceSid, identity: user.identity } as const
  const found = await core.answer<'conversation.get'>(actor, { type: 'conversation.get', conversationSid: sid })
  const truth = found instanceof Refusal ? undefined : found.conversation
  const shown = user.joined.get(sid)
  const violations: string[] = []
  const expectSame = (name: string, ours: unknown, theirs: unknown) => {
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
      violations.push(`I8 ${user.device} shows ${name} ${JSON.stringify(ours)}, stored is ${JSON.stringify(theirs)}`)
    }
  }
  expectSame('membership', shown !== undefined, Boolean(truth?.membership))
  if (!truth?.membership || !shown) return violations
  expectSame('friendlyName', shown.friendlyName, truth.friendlyName)
  expectSame('attributes', shown.attributes, JSON.parse(truth.attributes))
  expectSame('horizon', shown.lastReadMessageIndex ?? null, truth.membership.lastReadMessageIndex)
  expectSame('notification level', shown.notificationLevel, truth.membership.notificationLevel)
  expectSame('last message', shown.lastMessage?.index ?? null, truth.lastMessage?.index ?? null)
  expectSame('unread', await shown.getUnreadMessagesCount(), truth.membership.unread)
  expectSame('messages', await shown.getMessagesCount(), truth.messagesCount)
  expectSame('participants', await shown.getParticipantsCount(), truth.participantsCount)
  const pages = await allMessages(core, actor, sid)
  expectSame('unread by recount', truth.membership.unread, recount(pages, truth.membership.lastReadMessageIndex))
  expectSame('messages by recount', truth.messagesCount, pages.length)
  const ours = (await shown.getMessages(100)).items.map(({ index, body }) => [index, body])
  expectSame(
    'newest page',
    ours,
    pages.slice(-100).map(({ index, body }) => [index, body]),
  )
  const participants = (await shown.getParticipants()).map(({ identity }) => identity).sort()
  const members = await core.answer<'participant.list'>(actor, { type: 'participant.list', conversationSid: sid })
  if (!(members instanceof Refusal))
    expectSame('participants list', participants, members.participants.map(({ identity }) => identity).sort())
  return violations
}

function recount(messages: readonly { index: number }[], horizon: number | null): number | null {
  return horizon === null ? null : messages.filter(({ index }) => index > horizon).length
}

async function allMessages(
  core: Core,
  actor: Parameters<Core['answer']>[0],
  sid: string,
): Promise<{ index: number; body: string | null }[]> {
  const messages: { index: number; body: string | null }[] = []
  let anchor: number | null = 0
  while (anchor !== null) {
    const page: Result<'message.page'> | Refusal = await core.answer<'message.page'>(actor, {
      type: 'message.page',
      conversationSid: sid,
      anchor,
      direction: 'forward',
      limit: 100,
    })
    if (page instanceof Refusal) throw new Error(page.name)
    messages.push(...page.messages)
    anchor = page.newer
  }
  return messages
}

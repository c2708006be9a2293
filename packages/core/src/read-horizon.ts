import { type Access, accessInside } from './access.ts'
import { Changes } from './changes.ts'
import { handler } from './handler.ts'
import { Refusal } from './refusal.ts'
import type { Scope } from './store.ts'
import { messagesAbove } from './views.ts'

interface HorizonFacts extends Access {
  /** Where the horizon shall be: clamped to the last index, and kept where advancing would lower it (G6). */
  readonly target: number | null
  /** Messages above the target. */
  readonly unread: number
}

/** How far a user has read (rest-and-semantics 3.5). Allowed in a closed conversation: reading changes nothing in it. */
export const setReadHorizon = handler<'readHorizon.set', HorizonFacts>({
  scopes: (actor, { conversationSid }): Scope[] => [{ conversation: conversationSid }, { user: actor }],
  async facts(reads, actor, { conversationSid, index, advance }) {
    const found = await accessInside(reads, actor, conversationSid)
    if (found instanceof Refusal) return found
    const { conversation, rights } = found
    const current = rights.participant?.lastReadMessageIndex ?? null
    const wanted = index === null || conversation.nextIndex === 0 ? null : Math.min(index, conversation.nextIndex - 1)
    const target = advance && (wanted ?? -1) < (current ?? -1) ? current : wanted
    const unread = target === null ? conversation.messagesCount : await messagesAbove(reads, conversation, target)
    return { ...found, target, unread }
  },
  decide({ conversation, rights, user, target, unread }, _command, { now }) {
    const { participant } = rights
    if (!participant) return new Refusal('not-a-participant')
    const changes = new Changes(conversation)
    if (participant.lastReadMessageIndex !== target) {
      const horizon = { lastReadMessageIndex: target, lastReadTimestamp: target === null ? null : now }
      changes.horizonMoved(participant, user, horizon, target === null ? null : unread, now)
    }
    return { changes, result: { lastReadMessageIndex: target, unreadMessagesCount: unread } }
  },
})

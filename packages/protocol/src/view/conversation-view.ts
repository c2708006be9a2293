import type { ConversationEvent, ConversationView, Membership, UserEvent } from '../schema/index.ts'

/**
 * Folds one event of a conversation into a view of it: the law is that a view plus the events since equals the view fetched
 * afresh. Clients, the gateway and the tests fold with this one function.
 *
 * @param view a view at the revision before the event's
 * @param event the next event of the same conversation
 * @returns the view at the event's revision; null when the conversation is gone
 */
export function applyConversationEvent(view: ConversationView, event: ConversationEvent): ConversationView | null {
  if (event.type === 'conversation.created') return event.conversation
  if (event.type === 'conversation.deleted') return null
  return { ...view, revision: event.revision, ...changesOf(view, event) }
}

type Change = Exclude<ConversationEvent, { readonly type: 'conversation.created' | 'conversation.deleted' }>

/** What an event changes of a view, besides its revision. */
function changesOf(view: ConversationView, event: Change): Partial<ConversationView> {
  switch (event.type) {
    case 'conversation.updated': {
      const { changes, dateUpdated } = event
      return { ...changes, dateUpdated, ...(changes.state !== undefined && { stateUpdated: dateUpdated }) }
    }
    case 'participant.joined':
      return { participantsCount: view.participantsCount + 1 }
    case 'participant.left':
      return { participantsCount: view.participantsCount - 1 }
    case 'participant.updated':
      return { membership: withHorizon(view.membership, event) }
    case 'message.added': {
      const { index, dateCreated } = event.message
      return {
        messagesCount: view.messagesCount + 1,
        lastMessage: { index, dateCreated },
        membership: withUnread(view.membership, index, 1),
      }
    }
    case 'receipt.recorded':
      return {}
    case 'message.updated': {
      const { index } = event
      const { dateCreated } = event.changes
      return dateCreated !== undefined && view.lastMessage?.index === index ? { lastMessage: { index, dateCreated } } : {}
    }
    case 'message.removed':
      return {
        messagesCount: view.messagesCount - 1,
        lastMessage: event.lastMessage,
        membership: withUnread(view.membership, event.index, -1),
      }
  }
}

/**
 * Folds an event of the user's own scope into a view of a conversation. Horizons are folded from the conversation's events,
 * where they stand in order with the messages that they count.
 */
export function applyMembershipEvent(view: ConversationView, event: UserEvent): ConversationView {
  switch (event.type) {
    case 'membership.updated': {
      const level = event.changes.notificationLevel
      if (!view.membership || level === undefined) return view
      return { ...view, membership: { ...view.membership, notificationLevel: level } }
    }
    case 'membership.removed':
      return { ...view, membership: null }
    default:
      return view
  }
}

function withUnread(membership: Membership | null, index: number, change: 1 | -1): Membership | null {
  if (!membership || membership.unread === null || membership.lastReadMessageIndex === null) return membership
  return index > membership.lastReadMessageIndex ? { ...membership, unread: membership.unread + change } : membership
}

function withHorizon(
  membership: Membership | null,
  event: ConversationEvent & { type: 'participant.updated' },
): Membership | null {
  const { lastReadMessageIndex, lastReadTimestamp } = event.changes
  if (membership?.participantSid !== event.participantSid || lastReadMessageIndex === undefined) return membership
  return { ...membership, lastReadMessageIndex, lastReadTimestamp: lastReadTimestamp ?? null, unread: event.unread ?? null }
}

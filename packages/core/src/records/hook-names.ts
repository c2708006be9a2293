/*
 * The events that webhooks hear of, by the names of rest-and-semantics 3.8. Before and after something happens there is one each; a
 * few have no before.
 */

const PAIRS = {
  onMessageAdded: 'onMessageAdd',
  onMessageUpdated: 'onMessageUpdate',
  onMessageRemoved: 'onMessageRemove',
  onConversationAdded: 'onConversationAdd',
  onConversationUpdated: 'onConversationUpdate',
  onConversationRemoved: 'onConversationRemove',
  onParticipantAdded: 'onParticipantAdd',
  onParticipantUpdated: 'onParticipantUpdate',
  onParticipantRemoved: 'onParticipantRemove',
  onUserUpdated: 'onUserUpdate',
  onUserAdded: null,
  onConversationStateUpdated: null,
  onDeliveryUpdated: null,
} as const

/** An event after it happened. */
export type PostEvent = keyof typeof PAIRS

/** An event before it happens: it can be changed or rejected. */
export type PreEvent = NonNullable<(typeof PAIRS)[PostEvent]>

export const POST_EVENTS = Object.keys(PAIRS) as readonly PostEvent[]
export const PRE_EVENTS = Object.values(PAIRS).filter((name) => name !== null)

/** What an event is called before it happens; null when nobody is asked. */
export function preEventOf(name: PostEvent): PreEvent | null {
  return PAIRS[name]
}

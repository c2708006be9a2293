import type { ConversationView } from '@conversa/protocol'

/** What can change about a conversation. */
export type ConversationUpdateReason =
  | 'attributes'
  | 'createdBy'
  | 'dateCreated'
  | 'dateUpdated'
  | 'friendlyName'
  | 'lastReadMessageIndex'
  | 'state'
  | 'status'
  | 'uniqueName'
  | 'lastMessage'
  | 'notificationLevel'
  | 'bindings'

/** The value behind each reason, in a form that can be compared. */
const VALUES: { readonly [Reason in ConversationUpdateReason]: (view: ConversationView) => unknown } = {
  attributes: (view) => view.attributes,
  createdBy: (view) => view.createdBy,
  dateCreated: (view) => view.dateCreated,
  dateUpdated: (view) => view.dateUpdated,
  friendlyName: (view) => view.friendlyName,
  lastReadMessageIndex: ({ membership }) => membership?.lastReadMessageIndex ?? null,
  state: (view) => view.state + view.stateUpdated,
  status: ({ membership }) => membership === null,
  uniqueName: (view) => view.uniqueName,
  lastMessage: ({ lastMessage }) => JSON.stringify(lastMessage),
  bindings: ({ bindings }) => JSON.stringify(bindings),
  notificationLevel: ({ membership }) => membership?.notificationLevel ?? 'default',
}

const REASONS = Object.keys(VALUES) as (keyof typeof VALUES)[]

/** In what an application sees two views of a conversation differ. */
export function conversationUpdateReasons(before: ConversationView, after: ConversationView): ConversationUpdateReason[] {
  return REASONS.filter((reason) => VALUES[reason](before) !== VALUES[reason](after))
}

/** In which of these fields two records differ. */
export function changedFields<Field extends string>(
  fields: readonly Field[],
  before: { readonly [F in Field]: unknown },
  after: { readonly [F in Field]: unknown },
): Field[] {
  return fields.filter((field) => before[field] !== after[field])
}

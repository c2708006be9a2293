import type { Conversation, Message } from '@conversa/client'

/** Where somebody stops reading and goes on: fixed at the moment when they open the conversation. */
export interface News {
  /** Index of the last message that they have read; undefined when there is nothing new. */
  readonly after: number | undefined
}

/** What is new at this moment. Who never read anything begins at the end, as everything would be new. */
export function newsOf({ lastReadMessageIndex, lastMessage }: Conversation): News {
  const isNew = lastReadMessageIndex !== null && lastMessage !== undefined && lastMessage.index > lastReadMessageIndex
  return { after: isNew ? lastReadMessageIndex : undefined }
}

/** Index of the first message of somebody else that is new. */
export function firstNewOf({ after }: News, messages: readonly Message[], identity: string): number | undefined {
  if (after === undefined) return undefined
  return messages.find(({ index, author }) => index > after && author !== identity)?.index
}

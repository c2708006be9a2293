import type { Message } from '@conversa/client'
import type { OutgoingMessage } from '@conversa/client/react'
import { isSameDay } from '../ui/times.ts'

/** One line of the list: a message that is there, or one that is on its way. */
export type Row =
  | {
      readonly kind: 'message'
      readonly key: string
      readonly message: Message
      /** Whether it is the first one of its day. */
      readonly beginsDay: boolean
      /** Whether somebody else wrote the one before, or long ago. */
      readonly beginsGroup: boolean
      /** Whether all from here on are unread. */
      readonly beginsNews: boolean
    }
  | { readonly kind: 'outgoing'; readonly key: string; readonly outgoing: OutgoingMessage }

/** Messages of one author within this time stand together; milliseconds. */
const GROUP = 5 * 60_000

/**
 * What stands below each other.
 *
 * @param news index of the first message that was unread when the conversation was opened
 */
export function rowsOf(messages: readonly Message[], outgoing: readonly OutgoingMessage[], news: number | undefined): Row[] {
  const rows: Row[] = messages.map((message, at) => {
    const before = messages[at - 1]
    const beginsDay = !before || !isSameDay(before.dateCreated, message.dateCreated)
    const beginsNews = message.index === news
    const isClose = before?.author === message.author && message.dateCreated.getTime() - before.dateCreated.getTime() < GROUP
    return { kind: 'message', key: message.sid, message, beginsDay, beginsNews, beginsGroup: beginsDay || beginsNews || !isClose }
  })
  for (const each of outgoing) rows.push({ kind: 'outgoing', key: `outgoing ${each.id}`, outgoing: each })
  return rows
}

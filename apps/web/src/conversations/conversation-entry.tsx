import type { Conversation, Message } from '@conversa/client'
import { useConversationView, useLastMessage, useMessageView, useTyping, useUnread } from '@conversa/client/react'
import { BellOff } from 'lucide-react'
import { addressOf } from '../shell/route.ts'
import { Avatar } from '../ui/avatar.tsx'
import { fullText, shortText } from '../ui/times.ts'
import { titleOf } from './names.ts'

/** One conversation in the list. */
export function ConversationEntry({
  conversation,
  isOpen,
  identity,
}: {
  readonly conversation: Conversation
  readonly isOpen: boolean
  readonly identity: string
}) {
  const view = useConversationView(conversation)
  const newest = useLastMessage(conversation)
  const at = view.lastMessage?.dateCreated ?? view.dateCreated
  const title = titleOf(view)
  return (
    <a className="entry" href={addressOf(view.sid)} aria-current={isOpen ? 'page' : undefined}>
      <Avatar name={title} size="large" />
      <span className="entry-title">
        <strong>{title}</strong>
        {view.notificationLevel === 'muted' && <BellOff role="img" aria-label="muted" />}
      </span>
      <time dateTime={at.toISOString()} title={fullText(at)}>
        {shortText(at)}
      </time>
      <span className="entry-preview">
        <Preview conversation={conversation} newest={newest} identity={identity} />
      </span>
      <Badge conversation={conversation} hasMessages={view.lastMessage !== undefined} isOpen={isOpen} />
    </a>
  )
}

function Preview({
  conversation,
  newest,
  identity,
}: {
  readonly conversation: Conversation
  readonly newest: Message | undefined
  readonly identity: string
}) {
  const typist = useTyping(conversation).at(-1)
  if (typist) return <em>{typist.identity} is typing…</em>
  return newest ? <Newest message={newest} identity={identity} /> : 'No messages yet'
}

function Newest({ message, identity }: { readonly message: Message; readonly identity: string }) {
  const { author, body } = useMessageView(message)
  const files = message.attachedMedia
  return `${author === identity ? 'You' : author}: ${body || files?.[0]?.filename || 'a file'}`
}

/** How many are unread; who never read any sees that there is something. */
function Badge({
  conversation,
  hasMessages,
  isOpen,
}: {
  readonly conversation: Conversation
  readonly hasMessages: boolean
  readonly isOpen: boolean
}) {
  const unread = useUnread(conversation)
  const isNew = unread === null && hasMessages
  if (isOpen || (!isNew && !unread)) return null
  const text = isNew ? 'new' : (unread ?? 0) > 99 ? '99+' : String(unread)
  return (
    <span className="badge">
      {text}
      <span className="visually-hidden"> unread</span>
    </span>
  )
}

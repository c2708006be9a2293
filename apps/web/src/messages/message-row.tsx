import type { Message } from '@conversa/client'
import { useMessageView } from '@conversa/client/react'
import { memo, useState } from 'react'
import { Avatar } from '../ui/avatar.tsx'
import { dayText, fullText, timeText } from '../ui/times.ts'
import { Attachments } from './attachments.tsx'
import { deliveryText } from './delivery-text.ts'
import { EditMessage } from './edit-message.tsx'
import { MessageActions } from './message-actions.tsx'
import { RichText } from './rich-text.tsx'

interface MessageRowProps {
  readonly message: Message
  readonly isOwn: boolean
  readonly beginsDay: boolean
  readonly beginsGroup: boolean
  readonly beginsNews: boolean
  /** Names of those who have read as far as here. */
  readonly readers: string
}

/** One message, with what stands above it. */
export const MessageRow = memo(function MessageRow({
  message,
  isOwn,
  beginsDay,
  beginsGroup,
  beginsNews,
  readers,
}: MessageRowProps) {
  return (
    <>
      {beginsDay && (
        <p className="day">
          <span>{dayText(message.dateCreated)}</span>
        </p>
      )}
      {beginsNews && (
        <p className="news">
          <span>New messages</span>
        </p>
      )}
      <Bubble message={message} isOwn={isOwn} beginsGroup={beginsGroup} />
      {readers !== '' && <Readers names={readers.split(', ')} />}
    </>
  )
})

function Bubble({ message, isOwn, beginsGroup }: Pick<MessageRowProps, 'message' | 'isOwn' | 'beginsGroup'>) {
  const { author, body, dateCreated, dateUpdated, aggregatedDeliveryReceipt } = useMessageView(message)
  const [isEditing, setEditing] = useState(false)
  const delivery = deliveryText(aggregatedDeliveryReceipt)
  const isEdited = dateUpdated.getTime() !== dateCreated.getTime()
  return (
    <article
      className="message"
      data-own={isOwn}
      data-first={beginsGroup}
      aria-label={`${isOwn ? 'You' : author}, ${timeText(dateCreated)}`}
    >
      {!isOwn && beginsGroup && <Avatar name={author} size="small" />}
      <div className="bubble">
        {beginsGroup && !isOwn && <strong className="author">{author}</strong>}
        <Attachments message={message} />
        {isEditing ? (
          <EditMessage message={message} body={body ?? ''} close={() => setEditing(false)} />
        ) : (
          body && <RichText text={body} />
        )}
        <span className="meta">
          {isEdited && 'edited · '}
          <time dateTime={dateCreated.toISOString()} title={fullText(dateCreated)}>
            {timeText(dateCreated)}
          </time>
          {delivery !== '' && ` · ${delivery}`}
        </span>
      </div>
      <MessageActions message={message} body={body} isOwn={isOwn} edit={() => setEditing(true)} />
    </article>
  )
}

function Readers({ names }: { readonly names: readonly string[] }) {
  return (
    <p className="readers">
      <span className="visually-hidden">Read by {names.join(', ')}</span>
      {names.slice(0, 5).map((name) => (
        <span key={name} title={`Read by ${name}`}>
          <Avatar name={name} size="tiny" />
        </span>
      ))}
      {names.length > 5 && <span aria-hidden="true">+{names.length - 5}</span>}
    </p>
  )
}

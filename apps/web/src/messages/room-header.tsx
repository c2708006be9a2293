import type { Conversation } from '@conversa/client'
import { useConversationView, useParticipants } from '@conversa/client/react'
import { ArrowLeft, BellOff, UsersRound } from 'lucide-react'
import { ConversationMenu } from '../conversations/conversation-menu.tsx'
import { titleOf } from '../conversations/names.ts'
import { nameOf } from '../participants/names.ts'
import { closeConversation } from '../shell/route.ts'
import { Avatar } from '../ui/avatar.tsx'
import { IconButton } from '../ui/icon-button.tsx'

/** The name of the conversation, who is in it, and what can be done with it. */
export function RoomHeader({
  conversation,
  identity,
  showsPeople,
  showPeople,
}: {
  readonly conversation: Conversation
  readonly identity: string
  readonly showsPeople: boolean
  readonly showPeople: (shows: boolean) => void
}) {
  const view = useConversationView(conversation)
  const { participants } = useParticipants(conversation)
  const title = titleOf(view)
  return (
    <header className="room-header">
      <IconButton label="Back to the list" className="back" onPress={closeConversation}>
        <ArrowLeft />
      </IconButton>
      <Avatar name={title} />
      <div className="room-title">
        <h1>
          <span>{title}</span>
          {view.notificationLevel === 'muted' && <BellOff role="img" aria-label="muted" />}
        </h1>
        <p>{participants.map(nameOf).join(', ')}</p>
      </div>
      <IconButton label="Participants" aria-expanded={showsPeople} onPress={() => showPeople(!showsPeople)}>
        <UsersRound />
      </IconButton>
      <ConversationMenu conversation={conversation} identity={identity} />
    </header>
  )
}

import type { Conversation } from '@conversa/client'
import { useConversationView, useParticipants, useRoles } from '@conversa/client/react'
import { X } from 'lucide-react'
import { IconButton } from '../ui/icon-button.tsx'
import { textOf } from '../ui/problems.tsx'
import { AddParticipant } from './add-participant.tsx'
import { ParticipantEntry } from './participant-entry.tsx'
import { usePermissions } from './permissions.ts'

/** Who is in the conversation, and what adds others. */
export function ParticipantsPanel({
  conversation,
  identity,
  close,
}: {
  readonly conversation: Conversation
  readonly identity: string
  readonly close: () => void
}) {
  const { createdBy } = useConversationView(conversation)
  const { participants, error } = useParticipants(conversation)
  const { roles } = useRoles(conversation)
  const may = usePermissions(conversation, identity)
  const mayRemove = may('removeParticipant')
  return (
    <aside className="panel" aria-label="Participants">
      <header className="panel-header">
        <h2>
          Participants <span className="count">{participants.length}</span>
        </h2>
        <IconButton label="Close the participants" onPress={close}>
          <X />
        </IconButton>
      </header>
      {error && (
        <p className="error" role="alert">
          {textOf(error)}
        </p>
      )}
      <ul className="participants" data-removable={mayRemove || undefined}>
        {participants.map((participant) => (
          <ParticipantEntry
            key={participant.sid}
            participant={participant}
            roles={roles}
            isCreator={participant.identity === createdBy}
            isSelf={participant.identity === identity}
            isRemovable={mayRemove && participant.identity !== identity}
          />
        ))}
      </ul>
      <AddParticipant conversation={conversation} mayInvite={may('addParticipant')} mayCall={may('addNonChatParticipant')} />
    </aside>
  )
}

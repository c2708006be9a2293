import type { Participant, Role } from '@conversa/client'
import { useParticipantView } from '@conversa/client/react'
import { UserRoundMinus } from 'lucide-react'
import { useState } from 'react'
import { Avatar } from '../ui/avatar.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { useReport } from '../ui/problems.tsx'
import { channelOf, nameOf } from './names.ts'
import { RoleMenu } from './role-menu.tsx'

/** Somebody who is in the conversation. */
export function ParticipantEntry({
  participant,
  roles,
  isCreator,
  isSelf,
  isRemovable,
}: {
  readonly participant: Participant
  readonly roles: readonly Role[]
  readonly isCreator: boolean
  readonly isSelf: boolean
  /** Whether the user may remove them. */
  readonly isRemovable: boolean
}) {
  const report = useReport()
  const view = useParticipantView(participant)
  const [isAsked, setAsked] = useState(false)
  const name = nameOf(view)
  const channel = channelOf(view)
  const held = roles.find(({ sid }) => sid === view.roleSid)
  const remarks = [isSelf && 'you', isCreator && 'creator'].filter(Boolean).join(', ')
  return (
    <li className="participant" data-removable={isRemovable || undefined}>
      <Avatar name={name} size="medium" />
      <span className="participant-name" title={name}>
        {name}
        {remarks && <span className="hint">{remarks}</span>}
      </span>
      {channel && <span className="role">{channel}</span>}
      {!channel && held && <RoleMenu participant={participant} name={name} held={held} roles={roles} isSelf={isSelf} />}
      {isRemovable && (
        <IconButton label={`Remove ${name}`} onPress={() => setAsked(true)}>
          <UserRoundMinus />
        </IconButton>
      )}
      <Confirm
        title={`Remove ${name}?`}
        text={`${name} will see nothing of this conversation any more.`}
        action="Remove"
        isOpen={isAsked}
        close={() => setAsked(false)}
        confirm={() => void participant.remove().catch(report)}
      />
    </li>
  )
}

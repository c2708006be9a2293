import type { Participant } from '@conversa/client'
import { useParticipantView } from '@conversa/client/react'
import { UserRoundMinus } from 'lucide-react'
import { useState } from 'react'
import { Avatar } from '../ui/avatar.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { useReport } from '../ui/problems.tsx'
import { channelOf, nameOf } from './names.ts'

/** Somebody who is in the conversation. */
export function ParticipantEntry({
  participant,
  isCreator,
  isSelf,
}: {
  readonly participant: Participant
  readonly isCreator: boolean
  readonly isSelf: boolean
}) {
  const report = useReport()
  const view = useParticipantView(participant)
  const [isAsked, setAsked] = useState(false)
  const name = nameOf(view)
  const role = channelOf(view) ?? (isCreator ? 'Creator' : 'Member')
  return (
    <li className="participant">
      <Avatar name={name} size="medium" />
      <span className="participant-name" title={name}>
        {name}
        {isSelf && <span className="hint"> (you)</span>}
      </span>
      <span className="role" title={view.roleSid ? `Role ${view.roleSid}` : undefined}>
        {role}
      </span>
      {!isSelf && (
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

import { Button } from 'react-aria-components/Button'
import { Avatar } from '../ui/avatar.tsx'
import type { SimulatedPerson } from './simulation.ts'

const CHANNELS = { sms: 'SMS', whatsapp: 'WhatsApp', email: 'E-mail', rcs: 'RCS' } as const

/** One phone or mailbox in the list. */
export function PersonEntry({
  person: { address, channel, messages },
  isChosen,
  choose,
}: {
  readonly person: SimulatedPerson
  readonly isChosen: boolean
  readonly choose: () => void
}) {
  return (
    <li>
      <Button className="simulator-entry" aria-current={isChosen ? 'true' : 'false'} onPress={choose}>
        <Avatar name={address} />
        <strong>{address}</strong>
        <span className="hint">{CHANNELS[channel]}</span>
        <span className="hint simulator-preview">{messages.at(-1)?.body ?? 'A file'}</span>
      </Button>
    </li>
  )
}

import type { Participant } from '@conversa/client'

const CHANNELS: Readonly<Record<string, string>> = { sms: 'SMS', whatsapp: 'WhatsApp', rcs: 'RCS', email: 'E-mail' }

/** The name that somebody is shown under: their identity, or the address that they have outside of the app. */
export function nameOf({ identity, type, bindings }: Pick<Participant, 'identity' | 'type' | 'bindings'>): string {
  const binding = type === 'chat' ? undefined : bindings[type as keyof typeof bindings]
  return identity ?? binding?.address ?? 'Somebody'
}

/** How somebody takes part, where it is not in the app. */
export const channelOf = ({ type }: Pick<Participant, 'type'>): string | undefined => CHANNELS[type]

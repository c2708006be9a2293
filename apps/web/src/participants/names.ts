import type { Participant, Role } from '@conversa/client'

const CHANNELS: Readonly<Record<string, string>> = { sms: 'SMS', whatsapp: 'WhatsApp', rcs: 'RCS', email: 'E-mail' }

/** The name that somebody is shown under: their identity, or the address that they have outside of the app. */
export function nameOf({ identity, type, bindings }: Pick<Participant, 'identity' | 'type' | 'bindings'>): string {
  const binding = type === 'chat' ? undefined : bindings[type as keyof typeof bindings]
  return identity ?? binding?.address ?? 'Somebody'
}

/** How somebody takes part, where it is not in the app. */
export const channelOf = ({ type }: Pick<Participant, 'type'>): string | undefined => CHANNELS[type]

/** What the two roles of every new service are called here: their own names keep an older word for a conversation. */
const TITLES: Readonly<Record<string, string>> = { 'channel admin': 'Admin', 'channel user': 'Member' }

/** The name that a role is shown under. */
export const titleOfRole = ({ friendlyName }: Pick<Role, 'friendlyName'>): string => TITLES[friendlyName] ?? friendlyName

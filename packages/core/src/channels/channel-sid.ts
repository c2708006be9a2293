import type { Channel } from '@conversa/protocol'

const PREFIXES: Readonly<Record<Channel, string>> = { sms: 'SM', whatsapp: 'WA', rcs: 'RC', email: 'EM' }

/**
 * What a message is called on its channel: two carriers may call two of theirs the same, and a carrier may call one by anything, so
 * it derives from both and has the form of all SIDs.
 *
 * @param digest of at least sixteen characters
 * @param adapter the name of the adapter
 * @param id what the carrier calls it
 */
export function channelSid(digest: (text: string) => string, adapter: string, channel: Channel, id: string): string {
  const text = digest(`${id} ${adapter}`).slice(0, 16).padEnd(16)
  const hex = Array.from(text, (character) => (character.charCodeAt(0) & 0xff).toString(16).padStart(2, '0'))
  return PREFIXES[channel] + hex.join('')
}

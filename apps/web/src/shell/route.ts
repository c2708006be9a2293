import { useSyncExternalStore } from 'react'

/*
 * Which conversation is open stands in the address, so that the way back of the browser leads back, and a reload to the same place.
 */

const PATTERN = /^#\/(CH[0-9a-f]{32})$/

/** The SID of the conversation that the address names. */
const openSid = (): string | undefined => PATTERN.exec(location.hash)?.[1]

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

export const useOpenSid = (): string | undefined => useSyncExternalStore(subscribe, openSid)

/** The address of a conversation. */
export const addressOf = (sid: string): string => `#/${sid}`

export function openConversation(sid: string): void {
  location.hash = addressOf(sid)
}

export function closeConversation(): void {
  location.hash = '#/'
}

import type { Client, ClientEvents } from '@conversa/client'
import { useEffect } from 'react'
import { log } from './frame-log.ts'

const EVENTS = [
  'connectionError',
  'connectionStateChanged',
  'conversationAdded',
  'conversationJoined',
  'conversationLeft',
  'conversationRemoved',
  'conversationUpdated',
  'messageAdded',
  'messageRemoved',
  'messageUpdated',
  'participantJoined',
  'participantLeft',
  'participantUpdated',
  'pushNotification',
  'tokenAboutToExpire',
  'tokenExpired',
  'typingEnded',
  'typingStarted',
  'userSubscribed',
  'userUnsubscribed',
  'userUpdated',
] as const satisfies readonly (keyof ClientEvents)[]

/** Notes what the SDK tells, as long as the component is there. */
export function useEventLog(client: Client): void {
  useEffect(() => {
    const noting = EVENTS.map((name) => [name, (payload: unknown) => log.add('event', name, detailOf(payload))] as const)
    for (const [name, note] of noting) client.on(name, note)
    return () => {
      for (const [name, note] of noting) client.off(name, note)
    }
  }, [client])
}

/** The parts of a payload that say what it is about. */
function detailOf(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null) return payload === undefined ? '' : String(payload)
  const told = ['sid', 'identity', 'index', 'author', 'body', 'friendlyName', 'updateReasons', 'message', 'errorCode', 'terminal']
  const facts = told.flatMap((key) => {
    const value: unknown = Reflect.get(payload, key)
    if (value === undefined || value === null) return []
    if (typeof value === 'object' && !Array.isArray(value)) return [[key, Reflect.get(value, 'sid')]]
    return [[key, value]]
  })
  return JSON.stringify(Object.fromEntries(facts))
}

import type { Conversation, Message } from '@conversa/client'
import { useParticipants } from '@conversa/client/react'
import { useMemo } from 'react'
import { nameOf } from '../participants/names.ts'

/**
 * How far the others have read: by the index of the last message among these that they have read, their names, with commas.
 */
export function useReadMarkers(
  conversation: Conversation,
  messages: readonly Message[],
  identity: string,
): ReadonlyMap<number, string> {
  const { participants } = useParticipants(conversation)
  return useMemo(() => {
    const markers = new Map<number, string>()
    for (const participant of participants) {
      const horizon = participant.lastReadMessageIndex
      if (participant.identity === identity || horizon === null) continue
      // A message between may have been removed.
      const last = messages.findLast(({ index }) => index <= horizon)
      if (!last) continue
      const others = markers.get(last.index)
      const name = nameOf(participant)
      markers.set(last.index, others ? `${others}, ${name}` : name)
    }
    return markers
  }, [participants, messages, identity])
}

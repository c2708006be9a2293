import type { Conversation, Message } from '@conversa/client'
import { useEffect, useRef } from 'react'
import { useReport } from '../ui/problems.tsx'

/**
 * Tells the server how far the user has read: as far as they have seen while they look at the page, one call at a time.
 *
 * @returns call it with the last message that is in sight
 */
export function useReading(conversation: Conversation): (seen: Message | undefined) => void {
  const report = useReport()
  const seen = useRef(-1)
  const isBusy = useRef(false)
  const tell = useRef(() => {})
  tell.current = () => {
    const index = seen.current
    const isNews = index > (conversation.lastReadMessageIndex ?? -1)
    if (!isNews || isBusy.current || document.visibilityState !== 'visible') return
    isBusy.current = true
    conversation.advanceLastReadMessageIndex(index).then(
      () => {
        isBusy.current = false
        if (seen.current > index) tell.current()
      },
      (error) => {
        isBusy.current = false
        if (conversation.status === 'joined') report(error)
      },
    )
  }
  useEffect(() => {
    const look = () => tell.current()
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [])
  return (message) => {
    if (message) seen.current = Math.max(seen.current, message.index)
    tell.current()
  }
}

import type { Client } from '@conversa/client'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { openConversation } from '../shell/route.ts'
import { useReport } from '../ui/problems.tsx'
import { abandon, canPush, currentSubscription, renew, subscribe, unsubscribe } from './subscription.ts'

/** Whether this browser is pushed to, and what changes that. */
export interface Push {
  /** Undefined where it cannot be, and until it is known. */
  readonly isOn: boolean | undefined
  readonly toggle: () => void
  /** Before somebody signs out: whoever comes next is not to read what is pushed to them. */
  readonly end: () => Promise<void>
}

/** Pushes to this browser, for whoever is signed in. */
export function usePush(client: Client, fetchToken: () => Promise<string>): Push {
  const report = useReport()
  const context = useMemo(() => ({ client, fetchToken }), [client, fetchToken])
  const [isOn, setOn] = useState<boolean>()
  useEffect(() => {
    if (!canPush()) return
    const begin = async () => {
      const subscription = await currentSubscription()
      setOn(subscription !== null)
      if (subscription) await renew(context, subscription)
    }
    begin().catch(report)
    return listen()
  }, [context, report])
  const toggle = useCallback(() => {
    const turn = isOn ? unsubscribe(context) : subscribe(context)
    turn.then(() => setOn(!isOn)).catch(report)
  }, [context, isOn, report])
  const end = useCallback(async () => {
    if (canPush()) await abandon(context).catch(() => {})
  }, [context])
  return { isOn, toggle, end }
}

/** Opens what somebody chose of what was pushed. */
function listen(): () => void {
  const hear = ({ data }: MessageEvent<{ readonly openConversation?: string } | null>) => {
    if (data?.openConversation) openConversation(data.openConversation)
  }
  navigator.serviceWorker.addEventListener('message', hear)
  // Messages wait until somebody listens and says so.
  navigator.serviceWorker.startMessages()
  return () => navigator.serviceWorker.removeEventListener('message', hear)
}

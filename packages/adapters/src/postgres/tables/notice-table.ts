import type { UserKey } from '@conversa/core'
import { table } from './table.ts'

/**
 * What other nodes are to look at, each row with the transaction that wrote it: whoever reads them up to the oldest transaction in
 * flight misses none. Within one transaction the last one about something counts.
 */
export const NOTICES = (() => {
  const notices = table('notices', ['about', 'revision'], ['about'])
  return { ...notices, save: notices.insert }
})()

const row = (about: string, revision = 0) => ({ about, revision })

/** What notices are about, as their rows have it. */
export const noticeOf = {
  conversation: (sid: string, revision: number) => row(`conversation ${sid}`, revision),
  user: ({ serviceSid, identity }: UserKey, revision: number) => row(`user ${serviceSid} ${identity}`, revision),
  service: (sid: string) => row(`service ${sid}`),
  reachability: ({ serviceSid, identity }: UserKey) => row(`reachability ${serviceSid} ${identity}`),
  webhooks: () => row('webhooks'),
}

import type { Reads, UserKey } from '../ports/store.ts'
import { Refusal } from '../records/refusal.ts'
import type { Context } from './handler.ts'

const BATCH = 500

/**
 * Whether a user may be in one more conversation; closed ones do not count (rest-and-semantics 3.7). Where there is no limit nothing
 * is read.
 */
export async function checkConversations(
  reads: Reads,
  key: UserKey,
  { conversationsPerIdentity: limit }: Context,
): Promise<Refusal | undefined> {
  if (limit === undefined || (await reads.membershipSids(key)).length < limit) return undefined
  return (await openConversations(reads, key)) < limit ? undefined : new Refusal('conversation-limit-reached', { limit })
}

async function openConversations(reads: Reads, key: UserKey): Promise<number> {
  let open = 0
  for (let after: string | undefined; ; ) {
    const rows = await reads.membershipsBySid(key, after, BATCH)
    open += rows.filter(({ conversation }) => conversation.state !== 'closed').length
    after = rows.at(-1)?.conversation.sid
    if (rows.length < BATCH) return open
  }
}

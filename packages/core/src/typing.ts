import { accessInside } from './access.ts'
import type { Actor } from './actor.ts'
import type { FanOut } from './fan-out.ts'
import { Refusal } from './refusal.ts'
import type { Store } from './store.ts'

/** Milliseconds within which a client need not tell again (rest-and-semantics 3.11). */
export const TYPING_TIMEOUT = 5000
/** Milliseconds after which receivers take typing for ended: a bit later than the next notice would come. */
const TYPING_ENDS_AFTER = 6000

/**
 * Tells the other participants that a user types. It passes by: it has no revision and nothing is stored.
 *
 * @returns the timeout in milliseconds, or a refusal when the user is not in the conversation
 */
export async function startTyping(
  store: Store,
  fanOut: FanOut,
  actor: Actor,
  conversationSid: string,
): Promise<{ timeout: number } | Refusal> {
  const found = await store.read((reads) => accessInside(reads, actor, conversationSid))
  if (found instanceof Refusal) return found
  const { participant } = found.rights
  if (!participant) return new Refusal('not-a-participant')
  if (found.conversation.state === 'closed') return new Refusal('conversation-closed')
  const event = {
    type: 'typing.started',
    conversationSid,
    identity: actor.identity,
    participantSid: participant.sid,
    timeout: TYPING_ENDS_AFTER,
  } as const
  fanOut.publishPassing(actor.serviceSid, event, actor.identity)
  return { timeout: TYPING_TIMEOUT }
}

import { accessInside } from '../commands/access.ts'
import { PassingTimes } from '../commands/passing-times.ts'
import type { Now } from '../ports/ports.ts'
import type { Store } from '../ports/store.ts'
import { userName } from '../ports/user-name.ts'
import type { Actor } from '../records/actor.ts'
import { Refusal } from '../records/refusal.ts'
import type { FanOut } from './fan-out.ts'

/** Milliseconds within which a client need not tell again (rest-and-semantics 3.11). */
export const TYPING_TIMEOUT = 5000
/** Milliseconds after which receivers take typing for ended: a bit later than the next notice would come. */
const TYPING_ENDS_AFTER = 6000

/** Milliseconds within which the others are told once that somebody types in a conversation (reliability B40). */
const TYPING_RATE = 2000

/** Tells who types. It passes by: it has no revision and nothing is stored. */
export class Typing {
  readonly #store: Store
  readonly #pass: FanOut['publishPassing']
  readonly #now: Now
  /** Until when it need not be told again, by user and conversation. */
  readonly #told = new PassingTimes()

  /** @param parts where it reads, what tells it on all nodes, and the time */
  constructor({ store, pass, now }: { store: Store; pass: FanOut['publishPassing']; now: Now }) {
    this.#store = store
    this.#pass = pass
    this.#now = now
  }

  /**
   * Tells the other participants that a user types. Whoever says so again at once is answered, and nobody is told.
   *
   * @returns the timeout in milliseconds, or a refusal when the user is not in the conversation
   */
  async start(actor: Actor, conversationSid: string): Promise<{ timeout: number } | Refusal> {
    const name = `${userName(actor)} ${conversationSid}`
    const now = this.#now()
    if (this.#told.get(name, now) !== undefined) return { timeout: TYPING_TIMEOUT }
    // Before anything is awaited: more of the same may be under way.
    this.#told.set(name, now + TYPING_RATE, now)
    const refusal = await this.#tell(actor, conversationSid)
    if (refusal) this.#told.delete(name)
    return refusal ?? { timeout: TYPING_TIMEOUT }
  }

  /** A message ends typing for the others: what its author types next is news. */
  sent(actor: Actor, conversationSid: string): void {
    this.#told.delete(`${userName(actor)} ${conversationSid}`)
  }

  async #tell(actor: Actor, conversationSid: string): Promise<Refusal | undefined> {
    const found = await this.#store.read((reads) => accessInside(reads, actor, conversationSid))
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
    this.#pass(actor.serviceSid, event, actor.identity)
    return undefined
  }
}

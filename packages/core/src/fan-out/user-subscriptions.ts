import { LIMITS, type Query, type Result } from '@conversa/protocol'
import type { Actor } from '../records/actor.ts'
import { Refusal } from '../records/refusal.ts'
import type { Attachment } from './attachment.ts'

type Answer = Result<'user.get'> | Refusal

/**
 * The other users that one session hears of: whom it asked for. When it is full, the one that it followed longest makes room, and
 * the client is told whom it lost (rest-and-semantics 4.5).
 */
export class UserSubscriptions {
  readonly #actor: Actor
  readonly #attachment: Pick<Attachment, 'follow' | 'unfollow'>
  readonly #ask: (query: Query<'user.get'>) => Promise<Answer>
  /** Whom the session follows or is about to, each with the question that asked for it last. */
  readonly #questions = new Map<string, object>()
  /** Whom it follows, in the order of the answers, in which the client learns of it too. */
  readonly #followed = new Set<string>()

  /** @param ask answers the query without more */
  constructor(
    actor: Actor,
    attachment: Pick<Attachment, 'follow' | 'unfollow'>,
    ask: (query: Query<'user.get'>) => Promise<Answer>,
  ) {
    this.#actor = actor
    this.#attachment = attachment
    this.#ask = ask
  }

  /**
   * Fetches a user and lets the session hear of them. Listening begins before anything is read: what is told meanwhile is not older
   * than the answer.
   */
  async get(query: Query<'user.get'>): Promise<Answer> {
    const { identity } = query
    if (identity === this.#actor.identity) return this.#ask(query)
    this.#questions.set(identity, query)
    this.#attachment.follow(identity)
    const isLast = () => this.#questions.get(identity) === query
    try {
      const answer = await this.#ask(query)
      if (!isLast()) return answer
      if (!(answer instanceof Refusal)) return this.#followedFrom(identity, answer)
      this.end(identity)
      return answer
    } catch (error) {
      if (isLast()) this.end(identity)
      throw error
    }
  }

  /** Lets the session hear no more of a user. */
  end(identity: string): void {
    this.#questions.delete(identity)
    this.#followed.delete(identity)
    this.#attachment.unfollow(identity)
  }

  #followedFrom(identity: string, answer: Result<'user.get'>): Result<'user.get'> {
    this.#followed.add(identity)
    const [longest] = this.#followed
    if (this.#followed.size <= LIMITS.usersPerSession || longest === undefined) return answer
    this.end(longest)
    return { ...answer, unsubscribed: longest }
  }
}

import type { Event } from '@conversa/protocol'
import type { Listener } from './fan-out.ts'

/** Who hears of which users without being them. */
export class Followers {
  readonly #byUser = new Map<string, Set<Listener>>()

  /** @param user the name of the user's channel */
  follow(user: string, listener: Listener): void {
    const followers = this.#byUser.get(user) ?? new Set()
    this.#byUser.set(user, followers.add(listener))
  }

  unfollow(user: string, listener: Listener): void {
    const followers = this.#byUser.get(user)
    followers?.delete(listener)
    if (followers?.size === 0) this.#byUser.delete(user)
  }

  /** Tells everybody who hears of a user. */
  deliver(user: string, event: Event): void {
    for (const listener of this.#byUser.get(user) ?? []) listener.deliver(event)
  }
}

import type { Event } from '@conversa/protocol'
import type { Listener } from './fan-out.ts'
import type { UserKey } from './store.ts'
import { userName } from './user-name.ts'

/** Who hears of which users without being them. */
export class Followers {
  readonly #byUser = new Map<string, { readonly key: UserKey; readonly listeners: Set<Listener> }>()

  follow(key: UserKey, listener: Listener): void {
    const followed = this.#byUser.get(userName(key)) ?? { key, listeners: new Set() }
    followed.listeners.add(listener)
    this.#byUser.set(userName(key), followed)
  }

  unfollow(key: UserKey, listener: Listener): void {
    const followed = this.#byUser.get(userName(key))
    followed?.listeners.delete(listener)
    if (followed?.listeners.size === 0) this.#byUser.delete(userName(key))
  }

  /** Whether anybody hears of a user. */
  has(key: UserKey): boolean {
    return this.#byUser.has(userName(key))
  }

  /** All users of whom somebody hears. */
  keys(): UserKey[] {
    return [...this.#byUser.values()].map(({ key }) => key)
  }

  /** Tells everybody who hears of a user. */
  deliver(key: UserKey, event: Event): void {
    for (const listener of this.#byUser.get(userName(key))?.listeners ?? []) listener.deliver(event)
  }
}

import type { Event } from '@conversa/protocol'
import type { UserKey } from '../ports/store.ts'
import type { Listener } from './fan-out.ts'
import { SmallSet } from './small-set.ts'
import { UserMap } from './user-map.ts'

/** Who hears of which users without being them. */
export class Followers {
  readonly #byUser = new UserMap<{ readonly key: UserKey; readonly listeners: SmallSet<Listener> }>()

  follow(key: UserKey, listener: Listener): void {
    const followed = this.#byUser.get(key) ?? { key, listeners: new SmallSet() }
    followed.listeners.add(listener)
    this.#byUser.set(key, followed)
  }

  unfollow(key: UserKey, listener: Listener): void {
    const followed = this.#byUser.get(key)
    followed?.listeners.delete(listener)
    if (followed?.listeners.size === 0) this.#byUser.delete(key)
  }

  /** Whether anybody hears of a user. */
  has(key: UserKey): boolean {
    return this.#byUser.has(key)
  }

  /** All users of whom somebody hears. */
  keys(): UserKey[] {
    return this.#byUser.all().map(({ key }) => key)
  }

  /** All users of a service of whom somebody hears. */
  keysOfService(serviceSid: string): UserKey[] {
    return this.#byUser.ofService(serviceSid).map(({ key }) => key)
  }

  /** Tells everybody who hears of a user. */
  deliver(key: UserKey, event: Event): void {
    for (const listener of this.#byUser.get(key)?.listeners ?? []) listener.deliver(event)
  }
}

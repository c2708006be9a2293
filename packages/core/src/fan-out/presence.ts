import type { UserKey } from '../ports/store.ts'
import { UserMap } from './user-map.ts'

/** Who has a session open, on whichever node. */
export interface Presence {
  /** A session of a user is open on this node. */
  enter(key: UserKey): void
  /** It is not any more: once for each that was. */
  leave(key: UserKey): void
  /** Whether any node has a session of a user, as far as this one knows. */
  isPresent(key: UserKey): boolean
  /** Calls back whenever a user's first session came or the last one went, on whichever node. */
  watch(moved: (key: UserKey) => void): void
}

/** Presence where there is one node. */
export class LocalPresence implements Presence {
  readonly #sessions = new UserMap<number>()
  readonly #watchers: ((key: UserKey) => void)[] = []

  enter(key: UserKey): void {
    this.#count(key, 1)
  }

  leave(key: UserKey): void {
    this.#count(key, -1)
  }

  isPresent(key: UserKey): boolean {
    return this.#sessions.has(key)
  }

  watch(moved: (key: UserKey) => void): void {
    this.#watchers.push(moved)
  }

  #count(key: UserKey, change: 1 | -1): void {
    const before = this.#sessions.get(key) ?? 0
    const now = before + change
    if (now > 0) this.#sessions.set(key, now)
    else this.#sessions.delete(key)
    if (before === 0 || now === 0) for (const moved of this.#watchers) moved(key)
  }
}

import type { UserKey } from './store.ts'
import { userName } from './user-name.ts'

/** Who has a session open, on whichever node. */
export interface Presence {
  /**
   * A session of a user is open on this node.
   *
   * @returns ends it; to end it twice is fine
   */
  enter(key: UserKey): () => void
  /** Whether any node has a session of a user, as far as this one knows. */
  isPresent(key: UserKey): boolean
  /** Calls back whenever a user's first session came or the last one went, on whichever node. */
  watch(moved: (key: UserKey) => void): void
}

/** Presence where there is one node. */
export class LocalPresence implements Presence {
  readonly #sessions = new Map<string, number>()
  readonly #watchers: ((key: UserKey) => void)[] = []

  enter(key: UserKey): () => void {
    this.#count(key, 1)
    let isIn = true
    return () => {
      if (isIn) this.#count(key, -1)
      isIn = false
    }
  }

  isPresent(key: UserKey): boolean {
    return this.#sessions.has(userName(key))
  }

  watch(moved: (key: UserKey) => void): void {
    this.#watchers.push(moved)
  }

  #count(key: UserKey, change: 1 | -1): void {
    const name = userName(key)
    const before = this.#sessions.get(name) ?? 0
    const now = before + change
    if (now > 0) this.#sessions.set(name, now)
    else this.#sessions.delete(name)
    if (before === 0 || now === 0) for (const moved of this.#watchers) moved(key)
  }
}

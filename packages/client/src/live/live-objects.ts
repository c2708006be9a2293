/** The table is searched for objects that are gone whenever it has doubled, and at this size first. */
const FIRST_SWEEP = 64

/**
 * The application's objects by key: the same one for the same thing as long as anybody holds it. Memory is bounded by what the
 * application holds, and by what it listens to.
 */
export class LiveObjects<Key, T extends object> {
  readonly #references = new Map<Key, WeakRef<T>>()
  /** Objects with listeners, which would fall silent if they were collected. */
  readonly #pinned = new Set<T>()
  #sweepAt = FIRST_SWEEP

  get(key: Key): T | undefined {
    return this.#references.get(key)?.deref()
  }

  set(key: Key, object: T): T {
    this.#references.set(key, new WeakRef(object))
    if (this.#references.size >= this.#sweepAt) this.#sweep()
    return object
  }

  delete(key: Key): void {
    this.#references.delete(key)
  }

  /** Keeps an object from being collected, or not any longer. */
  pin(object: T, isPinned: boolean): void {
    if (isPinned) this.#pinned.add(object)
    else this.#pinned.delete(object)
  }

  /** Keys of the objects that are still held. */
  keys(): Key[] {
    this.#sweep()
    return [...this.#references.keys()]
  }

  #sweep(): void {
    for (const [key, reference] of this.#references) {
      if (!reference.deref()) this.#references.delete(key)
    }
    this.#sweepAt = Math.max(FIRST_SWEEP, this.#references.size * 2)
  }
}

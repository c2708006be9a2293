import { useSyncExternalStore } from 'react'

/** What a component can follow: a value that stays the same object until it changes, and a way to hear of that. */
export interface Source<T> {
  readonly snapshot: () => T
  /** @returns what ends it */
  readonly subscribe: (listener: () => void) => () => void
}

/** Renders a component with the value of a source, and anew whenever that changes. On a server it is the value it begins with. */
export function useSource<T>(source: Source<T>): T {
  return useSyncExternalStore(source.subscribe, source.snapshot, source.snapshot)
}

/**
 * A value that is put together from what the SDK tells. It listens and asks as long as somebody follows it, and not before: so
 * rendering has no effect, on a server or anywhere.
 */
export abstract class Store<T> implements Source<T> {
  #value: T
  readonly #listeners = new Set<() => void>()
  #stop: (() => void) | undefined
  #isDue = false

  constructor(value: T) {
    this.#value = value
  }

  readonly snapshot = (): T => this.#value

  readonly subscribe = (listener: () => void): (() => void) => {
    const entry = () => listener()
    this.#listeners.add(entry)
    this.#stop ??= this.start()
    return () => {
      this.#listeners.delete(entry)
      // Later: a component that is mounted twice, as in strict mode, is back by then, and nothing begins twice.
      queueMicrotask(() => this.#endIfUnused())
    }
  }

  /** Begins to listen. @returns what ends it */
  protected abstract start(): () => void

  /** Changes the value; whoever follows it hears of that once for everything that happens in one turn. */
  protected set(value: T): void {
    this.#value = value
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(() => {
      this.#isDue = false
      for (const listener of [...this.#listeners]) listener()
    })
  }

  #endIfUnused(): void {
    if (this.#listeners.size > 0) return
    this.#stop?.()
    this.#stop = undefined
  }
}

/**
 * The one store that belongs to an object, made when it is first asked for.
 *
 * @param make makes it
 */
export function storeOf<Key extends object, S>(make: (key: Key) => S): (key: Key) => S {
  const stores = new WeakMap<Key, S>()
  return (key) => {
    const known = stores.get(key)
    if (known) return known
    const made = make(key)
    stores.set(key, made)
    return made
  }
}

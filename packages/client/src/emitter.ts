/** Hears one kind of event. */
export type Listener<Payload> = (payload: Payload) => void

/** Calls what the application gave. What it throws does not stop the SDK, and surfaces as uncaught. */
export function call<Payload extends unknown[]>(listener: (...payload: Payload) => void, ...payload: Payload): void {
  try {
    listener(...payload)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

interface Entry {
  readonly listener: Listener<never>
  readonly once: boolean
}

/**
 * Events by name, with the method names of Node's emitter. A listener that throws neither stops the others nor the SDK, and its
 * error is not swallowed: it surfaces as an uncaught one.
 */
export class Emitter<Events extends object> {
  /** Made with the first listener: most objects never have any. */
  #entries: Map<keyof Events, readonly Entry[]> | undefined

  /** Calls a listener at every event of this name. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    return this.#add(name, { listener, once: false })
  }

  /** The same as `on`. */
  addListener<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    return this.on(name, listener)
  }

  /** Calls a listener at the next event of this name. */
  once<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    return this.#add(name, { listener, once: true })
  }

  /** Takes a listener away; the latest one if it was added several times. */
  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    const entries = this.#of(name)
    const at = entries.findLastIndex((entry) => entry.listener === listener)
    if (at >= 0) this.#set(name, entries.toSpliced(at, 1))
    return this
  }

  /** The same as `off`. */
  removeListener<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    return this.off(name, listener)
  }

  /** Takes all listeners away: of one event, or of all. */
  removeAllListeners(name?: keyof Events): this {
    for (const each of name === undefined ? [...(this.#entries?.keys() ?? [])] : [name]) this.#set(each, [])
    return this
  }

  /** How many listeners there are for an event. */
  listenerCount(name: keyof Events): number {
    return this.#of(name).length
  }

  /**
   * Tells the listeners that there are now. The SDK calls it; applications need not.
   *
   * @returns whether anybody listens
   */
  emit<Name extends keyof Events>(name: Name, ...payload: Events[Name] extends undefined ? [] : [Events[Name]]): boolean {
    const entries = this.#of(name)
    for (const entry of entries) {
      if (entry.once)
        this.#set(
          name,
          this.#of(name).filter((each) => each !== entry),
        )
      call(entry.listener as (...payload: unknown[]) => void, ...payload)
    }
    return entries.length > 0
  }

  /**
   * For subclasses: called when the first listener comes or the last one goes.
   *
   * @param _isObserved whether anybody listens now
   */
  protected observed(_isObserved: boolean): void {}

  #of(name: keyof Events): readonly Entry[] {
    return this.#entries?.get(name) ?? []
  }

  #add(name: keyof Events, entry: { listener: Listener<never>; once: boolean }): this {
    this.#set(name, [...this.#of(name), entry])
    return this
  }

  #set(name: keyof Events, entries: readonly Entry[]): void {
    const wasObserved = this.#entries !== undefined
    const map = this.#entries ?? new Map<keyof Events, readonly Entry[]>()
    if (entries.length > 0) map.set(name, entries)
    else map.delete(name)
    this.#entries = map.size > 0 ? map : undefined
    if (wasObserved !== map.size > 0) this.observed(map.size > 0)
  }
}

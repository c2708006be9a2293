import { requireThat } from './arguments.ts'

/** Hears one kind of event. */
export type Listener<Payload> = (payload: Payload) => void

/**
 * Calls what the application gave. What it throws does not stop the SDK, and surfaces as uncaught.
 *
 * @param self what is `this` for it
 */
export function call<Payload extends unknown[]>(listener: (...payload: Payload) => void, payload: Payload, self?: unknown): void {
  try {
    listener.apply(self, payload)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

/** Gives a class the names of its events as constants, which it declares: written out in the class, each would be there twice. */
export function nameEvents<Name extends string>(type: { readonly [N in Name]: N }, ...names: Name[]): void {
  for (const name of names) Object.assign(type, { [name]: name })
}

interface Entry {
  readonly listener: Listener<never>
  readonly once: boolean
}

/**
 * Events by name, with the method names of Node's emitter and those of an emitter that replays. A listener that throws neither stops
 * the others nor the SDK, and its error is not swallowed: it surfaces as an uncaught one. `this` is the emitter for those that are
 * functions of their own.
 */
export class Emitter<Events extends object> {
  /** Made with the first listener: most objects never have any. */
  #entries: Map<keyof Events, readonly Entry[]> | undefined
  /** What was told last under each name. */
  #latest: Map<keyof Events, readonly unknown[]> | undefined

  /** Calls a listener at every event of this name. @throws ConversaError when it is no function */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    return this.#add(name, listener, false)
  }

  /** The same as `on`. */
  addListener<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    return this.on(name, listener)
  }

  /** Calls a listener at the next event of this name. */
  once<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    return this.#add(name, listener, true)
  }

  /** The same as `on`, and the listener is called before those that are there. */
  prependListener<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    return this.#add(name, listener, false, 0)
  }

  /** The same as `once`, and the listener is called before those that are there. */
  prependOnceListener<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    return this.#add(name, listener, true, 0)
  }

  /** The same as `on`, and what was told last under this name is told to the listener at once. */
  onWithReplay<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    this.#replay(name, listener)
    return this.on(name, listener)
  }

  /** The same as `onWithReplay`. */
  addListenerWithReplay<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    return this.onWithReplay(name, listener)
  }

  /** Tells the listener at once what was told last under this name; if nothing was, the same as `once`. */
  onceWithReplay<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    return this.#replay(name, listener) ? this : this.once(name, listener)
  }

  /** Takes a listener away; the latest one if it was added several times. */
  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    const entries = [...this.#of(name)]
    const at = entries.map((entry) => entry.listener).lastIndexOf(listener)
    if (at >= 0) entries.splice(at, 1)
    this.#set(name, entries)
    return this
  }

  /** The same as `off`. */
  removeListener<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): this {
    return this.off(name, listener)
  }

  /** Takes all listeners away: of one event, or of all. */
  removeAllListeners(name?: keyof Events): this {
    for (const each of name === undefined ? this.eventNames() : [name]) this.#set(each, [])
    return this
  }

  /** The listeners of an event, in the order in which they are called. */
  listeners<Name extends keyof Events>(name: Name): Listener<Events[Name]>[] {
    return this.#of(name).map(({ listener }) => listener as Listener<Events[Name]>)
  }

  /** The same as `listeners`. */
  rawListeners<Name extends keyof Events>(name: Name): Listener<Events[Name]>[] {
    return this.listeners(name)
  }

  /** Names of the events that somebody listens to. */
  eventNames(): (keyof Events)[] {
    return [...(this.#entries?.keys() ?? [])]
  }

  /** There is no limit, whatever is set. */
  setMaxListeners(_limit: number): this {
    return this
  }

  /** @returns infinity: there is no limit */
  getMaxListeners(): number {
    return Number.POSITIVE_INFINITY
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
    this.#latest ??= new Map()
    this.#latest.set(name, payload)
    for (const entry of entries) {
      if (entry.once) {
        const present = this.#of(name)
        // It was called already, for the same event told again by a listener before it.
        if (!present.includes(entry)) continue
        this.#set(
          name,
          present.filter((each) => each !== entry),
        )
      }
      call(entry.listener as (...payload: unknown[]) => void, payload, this)
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

  #replay<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): boolean {
    const payload = this.#latest?.get(name)
    if (payload) call(listener as (...payload: unknown[]) => void, [...payload], this)
    return payload !== undefined
  }

  #add(name: keyof Events, listener: Listener<never>, once: boolean, at = this.#of(name).length): this {
    requireThat(typeof listener === 'function', 'listener')
    const entries = [...this.#of(name)]
    entries.splice(at, 0, { listener, once })
    this.#set(name, entries)
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

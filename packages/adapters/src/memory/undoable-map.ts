/** Takes the step that undoes a write. */
export type Undoable = (step: () => void) => void

/** A map whose writes can be undone. */
export class UndoableMap<Key, Value> {
  readonly #map = new Map<Key, Value>()
  readonly #undoable: Undoable

  constructor(undoable: Undoable) {
    this.#undoable = undoable
  }

  get size(): number {
    return this.#map.size
  }

  get(key: Key): Value | undefined {
    return this.#map.get(key)
  }

  values(): Value[] {
    return [...this.#map.values()]
  }

  set(key: Key, value: Value): void {
    const before = this.#map.get(key)
    this.#map.set(key, value)
    this.#undoable(() => (before === undefined ? this.#map.delete(key) : this.#map.set(key, before)))
  }

  delete(key: Key): void {
    const before = this.#map.get(key)
    if (before === undefined) return
    this.#map.delete(key)
    this.#undoable(() => this.#map.set(key, before))
  }
}

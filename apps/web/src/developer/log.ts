/** Something that the SDK told or that went over the wire. */
export interface LogEntry {
  readonly id: number
  readonly at: Date
  readonly kind: 'event' | 'sent' | 'received' | 'socket'
  readonly name: string
  /** A text, cut where it is long. */
  readonly detail: string
}

/** How many are kept. */
const MOST_ENTRIES = 2000
const MOST_CHARACTERS = 20_000

/** The newest entries, for who looks. */
export class Log {
  #entries: readonly LogEntry[] = []
  #made = 0
  #isDue = false
  readonly #listeners = new Set<() => void>()

  readonly snapshot = (): readonly LogEntry[] => this.#entries

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  add(kind: LogEntry['kind'], name: string, detail: string): void {
    const entry = { id: ++this.#made, at: new Date(), kind, name, detail: detail.slice(0, MOST_CHARACTERS) }
    this.#entries = [...this.#entries, entry].slice(-MOST_ENTRIES)
    this.#changed()
  }

  readonly clear = (): void => {
    this.#entries = []
    this.#changed()
  }

  /** Told once for everything that happens in one turn. */
  #changed(): void {
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(() => {
      this.#isDue = false
      for (const listener of this.#listeners) listener()
    })
  }
}

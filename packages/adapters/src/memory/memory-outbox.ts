import type { OutboxCounts, OutboxDraft, OutboxEntry, OutboxKind, OutboxQueue, Tx } from '@conversa/core'
import { type Undoable, UndoableMap } from './undoable-map.ts'

const queueName = ({ kind, destination, subject }: OutboxQueue) => `${kind} ${destination} ${subject}`

/** What is to leave the server, in memory. */
export class MemoryOutbox {
  readonly #entries: UndoableMap<number, OutboxEntry>
  #last = 0

  constructor(undoable: Undoable) {
    this.#entries = new UndoableMap(undoable)
  }

  queues(): OutboxQueue[] {
    const waiting = this.#entries.values().filter(({ dead }) => !dead)
    const firsts = [...Map.groupBy(waiting, queueName).values()].flatMap(([first]) => first ?? [])
    return firsts.map(({ kind, destination, subject }) => ({ kind, destination, subject }))
  }

  waiting(queue: OutboxQueue, limit: number): OutboxEntry[] {
    return this.#sorted((one) => !one.dead && queueName(one) === queueName(queue)).slice(0, limit)
  }

  dead(after: number, limit: number): OutboxEntry[] {
    return this.#sorted((one) => one.dead && one.id > after).slice(0, limit)
  }

  counts(kind: OutboxKind): OutboxCounts {
    const all = this.#sorted((one) => one.kind === kind)
    const dead = all.filter((one) => one.dead).length
    return { waiting: all.length - dead, dead }
  }

  add(draft: OutboxDraft): void {
    const id = ++this.#last
    this.#entries.set(id, { ...draft, id, attempts: 0, due: draft.due ?? 0, dead: false })
  }

  save({ id, attempts, due, dead }: Parameters<Tx['saveEntry']>[0]): void {
    const entry = this.#entries.get(id)
    if (entry) this.#entries.set(id, { ...entry, attempts, due, dead })
  }

  remove(id: number): void {
    this.#entries.delete(id)
  }

  #sorted(matches: (entry: OutboxEntry) => boolean): OutboxEntry[] {
    return this.#entries
      .values()
      .filter(matches)
      .sort((a, b) => a.id - b.id)
  }
}

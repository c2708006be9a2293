import type { Undoable } from './undoable-map.ts'

/** Writes to maps and lists with the steps that undo them: a rollback walks these backwards. */
export class UndoLog {
  #undo: (() => void)[] = []
  protected readonly undoable: Undoable = (step) => this.#undo.push(step)

  begin(): void {
    this.#undo = []
  }

  commit(): void {
    this.#undo = []
  }

  rollback(): void {
    for (const undo of this.#undo.reverse()) undo()
    this.#undo = []
  }

  protected put<Value>(map: Map<string, Value>, key: string, value: Value): void {
    const before = map.get(key)
    map.set(key, value)
    this.undoable(() => (before === undefined ? map.delete(key) : map.set(key, before)))
  }

  protected drop<Value>(map: Map<string, Value>, key: string): void {
    const before = map.get(key)
    if (before === undefined) return
    map.delete(key)
    this.undoable(() => map.set(key, before))
  }

  protected append<Value>(list: Value[], value: Value): void {
    list.push(value)
    this.undoable(() => list.pop())
  }
}

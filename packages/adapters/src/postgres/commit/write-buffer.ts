import type { Querier, Statement } from '../connection.ts'
import type { Table } from '../tables/table.ts'

/** Rows of one table that go out together. */
interface TableWrites {
  readonly removed: Map<string, object>
  readonly saved: Map<string, object>
  readonly added: Map<string, object>
}

/** A part whose order against the other parts matters: rows of all tables, or one statement. */
type Part = Map<Table, TableWrites> | { readonly statement: Statement; readonly values: readonly unknown[] }

/** Where writes are put. */
export type Writes = Pick<WriteBuffer, 'add' | 'append' | 'save' | 'remove' | 'run'>

/**
 * What one work is to write, in its order, until it has succeeded: then it goes to the buffer of its group. A list, and not a buffer of
 * its own, whose maps would cost a send more than all else here.
 */
export class WriteList implements Writes {
  #writes: ((buffer: WriteBuffer) => void)[] = []

  get isEmpty(): boolean {
    return this.#writes.length === 0
  }

  add(table: Table, row: object): void {
    this.#writes.push((buffer) => buffer.add(table, row))
  }

  append(table: Table, row: object): void {
    this.#writes.push((buffer) => buffer.append(table, row))
  }

  save(table: Table, row: object): void {
    this.#writes.push((buffer) => buffer.save(table, row))
  }

  remove(table: Table, row: object): void {
    this.#writes.push((buffer) => buffer.remove(table, row))
  }

  run(statement: Statement, values: readonly unknown[]): void {
    this.#writes.push((buffer) => buffer.run(statement, values))
  }

  /** Hands over all of it, as the latest writes. */
  moveTo(buffer: WriteBuffer): void {
    const writes = this.#writes
    this.#writes = []
    for (const write of writes) write(buffer)
  }
}

/**
 * What a transaction is to write. It goes out at once: a statement for each table however many rows there are, and of a row that was
 * written several times the last form alone.
 */
export class WriteBuffer {
  readonly #parts: Part[] = []

  /** Adds a row that is new. */
  add(table: Table, row: object): void {
    const { added } = this.#of(table)
    const key = table.keyOf(row)
    // Two that are the same are for the database to refuse.
    added.set(added.has(key) ? `${key} ${added.size}` : key, row)
  }

  /** Adds a row that nothing tells from the others, after those that were added before. */
  append(table: Table, row: object): void {
    const { added } = this.#of(table)
    added.set(String(added.size).padStart(10, '0'), row)
  }

  /** Adds a row or replaces it. */
  save(table: Table, row: object): void {
    const { added, saved } = this.#of(table)
    const key = table.keyOf(row)
    if (added.has(key)) added.set(key, row)
    else saved.set(key, row)
  }

  /** @param row has the columns of the key */
  remove(table: Table, row: object): void {
    const { added, saved, removed } = this.#of(table)
    const key = table.keyOf(row)
    added.delete(key)
    saved.delete(key)
    removed.set(key, row)
  }

  /** Runs a statement between what was written before and what is written after. */
  run(statement: Statement, values: readonly unknown[]): void {
    this.#parts.push({ statement, values })
  }

  /** Sends everything, and waits for nothing. @returns settles when all of it is written */
  send(database: Querier): Promise<unknown> {
    const sent: Promise<unknown>[] = []
    for (const part of this.#parts.splice(0)) {
      if ('statement' in part) sent.push(database.rows(part.statement, part.values))
      else for (const [table, writes] of part) sent.push(...sendTable(database, table, writes))
    }
    return allOf(sent)
  }

  #of(table: Table): TableWrites {
    let part = this.#parts.at(-1)
    if (!part || 'statement' in part) {
      part = new Map()
      this.#parts.push(part)
    }
    let writes = part.get(table)
    if (!writes) {
      writes = { removed: new Map(), saved: new Map(), added: new Map() }
      part.set(table, writes)
    }
    return writes
  }
}

function sendTable(database: Querier, table: Table, { removed, saved, added }: TableWrites): Promise<unknown>[] {
  const { rowOf = (row) => row } = table
  const asJson = (rows: readonly object[]) => [JSON.stringify(rows.map(rowOf))]
  const sent: Promise<unknown>[] = []
  if (removed.size > 0) sent.push(database.rows(table.remove, [JSON.stringify(inOrder(removed))]))
  if (saved.size > 0) sent.push(database.rows(table.save, asJson(inOrder(saved))))
  if (added.size > 0) sent.push(database.rows(table.insert, (table.insertValues ?? asJson)(inOrder(added))))
  return sent
}

/** Every transaction locks rows in the order of their keys, so that two never wait for each other. */
function inOrder(rows: Map<string, object>): object[] {
  return [...rows.keys()].sort().map((key) => rows.get(key) as object)
}

/** Waits for all, so that nothing fails unheard, and tells the first failure. */
export async function allOf(promises: readonly Promise<unknown>[]): Promise<void> {
  for (const settled of await Promise.allSettled(promises)) {
    if (settled.status === 'rejected') throw settled.reason
  }
}

import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** What was asked of a database. */
export interface Asked {
  statements: number
  /** Inserted, changed or removed. */
  rows: number
}

const RUNS = new Set(['run', 'get', 'all', 'iterate'])

/** A database in memory that counts what is asked of it. */
export class CountingDatabase extends DatabaseSync {
  readonly asked: Asked = { statements: 0, rows: 0 }

  constructor() {
    super(':memory:')
  }

  override exec(text: string): void {
    this.asked.statements++
    super.exec(text)
  }

  override prepare(text: string): StatementSync {
    const { asked } = this
    // Other statements show what the one before them changed.
    const changes = /^\s*(INSERT|UPDATE|DELETE)/.test(text)
    return new Proxy(super.prepare(text), {
      get(statement, name) {
        const value = Reflect.get(statement, name, statement)
        if (typeof value !== 'function') return value
        if (!RUNS.has(String(name))) return value.bind(statement)
        return (...values: unknown[]) => {
          asked.statements++
          const result = value.apply(statement, values)
          if (name === 'run' && changes) asked.rows += Number(result.changes)
          return result
        }
      },
    })
  }
}

import { DatabaseSync } from 'node:sqlite'

/*
 * A seeded bug, imported before the server: it goes on as if a transaction was committed before that is so. For showing that the tests
 * would notice.
 */

/** Turns of the event loop after which it is committed: the acknowledgement goes out in the first. */
const TURNS = 3

function later(turns: number, work: () => void): void {
  setImmediate(() => (turns > 1 ? later(turns - 1, work) : work()))
}

const prepare = DatabaseSync.prototype.prepare
DatabaseSync.prototype.prepare = function (sql, ...options) {
  const statement = prepare.call(this, sql, ...options)
  const run = statement.run.bind(statement)
  const commit = prepare.call(this, 'COMMIT')
  // What begins meanwhile would be a part of it.
  const end = () => this.isTransaction && commit.run()
  if (sql === 'BEGIN IMMEDIATE') {
    statement.run = (...values: []) => {
      end()
      return run(...values)
    }
  } else if (sql === 'COMMIT') {
    statement.run = () => {
      later(TURNS, end)
      return { changes: 0, lastInsertRowid: 0 }
    }
  }
  return statement
}

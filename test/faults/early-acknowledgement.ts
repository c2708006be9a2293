import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'

/*
 * A seeded bug, imported before the server: it goes on as if a transaction was committed before that is so, on either store. For showing
 * that the tests would notice.
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

type Ask = (this: pg.Client, ...asked: unknown[]) => Promise<unknown>
const query = pg.Client.prototype.query as unknown as Ask
/** What each connection is to do after the commit that it puts off. */
const held = new WeakMap<pg.Client, (() => void)[]>()

const ask: Ask = function (...asked) {
  const rest = held.get(this)
  if (rest) return new Promise((resolve, reject) => rest.push(() => query.apply(this, asked).then(resolve, reject)))
  if (asked[0] !== 'COMMIT') return query.apply(this, asked)
  const waiting: (() => void)[] = []
  held.set(this, waiting)
  later(TURNS, () => {
    held.delete(this)
    query.apply(this, asked).catch(() => {})
    for (const go of waiting) go()
  })
  return Promise.resolve({ rows: [] })
}
pg.Client.prototype.query = ask as unknown as typeof pg.Client.prototype.query

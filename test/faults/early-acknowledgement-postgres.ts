import pg from 'pg'

/*
 * A seeded bug, imported before the server: on PostgreSQL too it goes on as if a transaction was committed before that is so. For showing
 * that the tests would notice.
 */

/** Turns of the event loop after the last answer until it is committed: the acknowledgement goes out in the first. */
const TURNS = 3

type Query = (this: pg.Client, ...given: unknown[]) => Promise<unknown>

function turns(count: number): Promise<void> {
  return new Promise((resolve) => setImmediate(() => resolve(count > 1 ? turns(count - 1) : undefined)))
}

const query = pg.Client.prototype.query as unknown as Query
/** The transactions that are taken for committed, by their connections: what follows there would be a part of them, and waits. */
const uncommitted = new WeakMap<pg.Client, Promise<unknown>>()
const lastAsked = new WeakMap<pg.Client, Promise<unknown>>()

const early: Query = async function (...given) {
  if (uncommitted.has(this)) await uncommitted.get(this)
  if (given[0] !== 'COMMIT') {
    const asked = query.apply(this, given)
    lastAsked.set(this, asked)
    return asked
  }
  const committed = Promise.allSettled([lastAsked.get(this)])
    .then(() => turns(TURNS))
    .then(() => query.call(this, 'COMMIT'))
    .catch(() => {})
    .finally(() => uncommitted.delete(this))
  uncommitted.set(this, committed)
  return { rows: [] }
}
pg.Client.prototype.query = early as unknown as typeof pg.Client.prototype.query

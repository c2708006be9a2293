import { StorageFull, StoreDamaged, StoreUnavailable } from '@conversa/core'

/** PostgreSQL's codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const UNIQUE_VIOLATION = '23505'
const SERIALIZATION_FAILURE = '40001'
const DEADLOCK = '40P01'
const OUT_OF_DISK = '53100'
/** A page, or an index, that cannot be what was written. */
const DAMAGED = ['XX001', 'XX002']

/** A send whose key was taken for new is in the database: what its group did is to be done again, with the keys looked up. */
export class KeyTaken extends Error {
  readonly code = UNIQUE_VIOLATION

  constructor() {
    super('unable to take the key of a send for new: it is known')
  }
}

const codeOf = (error: unknown) => (error as { code?: unknown } | null)?.code

/** Whether another transaction was in the way, so that the same work may succeed when it runs again. */
export function isConflict(error: unknown): boolean {
  return [UNIQUE_VIOLATION, SERIALIZATION_FAILURE, DEADLOCK].includes(codeOf(error) as string)
}

/** Whether the database said it: what the works themselves throw has no such code, nor has a connection that broke. */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && typeof codeOf(error) === 'string' && 'severity' in error
}

/** The database is about to stop, or just starts: a moment later it may be there. */
const PASSING = ['57P01', '57P02', '57P03', '53300']

/** Whether the database cannot be reached at this moment, or cannot begin anything. */
export function isOutage(error: unknown): boolean {
  const code = codeOf(error)
  return PASSING.includes(code as string) || (error instanceof Error && !isAnswer(error) && isOfConnection(error))
}

const BROKEN = [
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT', 'EHOSTUNREACH', 'ENETUNREACH'],
  // The name of a container that is being started anew leads nowhere.
  ...['ENOTFOUND', 'EAI_AGAIN'],
]

function isOfConnection(error: Error): boolean {
  return BROKEN.includes(codeOf(error) as string) || /connection|timeout/i.test(error.message)
}

/** What to tell of a failure: what the core knows, if it does. */
export function explain(error: unknown): unknown {
  if (codeOf(error) === OUT_OF_DISK) return new StorageFull(error)
  if (DAMAGED.includes(codeOf(error) as string)) return new StoreDamaged(`the database (${(error as Error).message})`, error)
  return isOutage(error) ? new StoreUnavailable('the database does not answer', error) : error
}

/** More waits for the database than is to wait: nothing of the work was begun. */
export function busy(): StoreUnavailable {
  return new StoreUnavailable('too much is waiting for the database')
}

/** Milliseconds until a database that cannot be reached is tried again. */
export const PAUSE = 100

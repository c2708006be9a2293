import type { DatabaseSync, StatementResultingChanges } from 'node:sqlite'
import { MemoryStore } from '@conversa/adapters/memory'
import { openSqliteStore } from '@conversa/adapters/sqlite'
import { newDatabase } from '@conversa/adapters/testing/new-database'
import type { Disk } from './node.ts'
import type { SeededRandom } from './random.ts'

/** A disk in memory: what was committed outlives the server. */
export function memoryDisk(): Disk {
  let store: MemoryStore | undefined
  return ({ schedule }) => {
    store = store ? store.reopened(schedule) : new MemoryStore({ schedule })
    return store
  }
}

/** How often SQLite refuses, while it is told to. */
export interface DiskFaults {
  active: boolean
}

/**
 * A SQLite database that outlives the server, with failures of single writes and of COMMIT: of every hundred writes and of every
 * fifty commits about one fails, as on a disk that is full for a moment.
 */
export function faultySqliteDisk(random: SeededRandom, faults: DiskFaults): Disk {
  const database = newDatabase()
  const failing = (text: string) => (/^\s*COMMIT/.test(text) ? 0.02 : /^\s*(INSERT|UPDATE|DELETE)/.test(text) ? 0.01 : 0)
  const proxy = new Proxy(database, {
    get(target, name) {
      if (name === 'close') return () => {}
      if (name === 'isTransaction') return target.isTransaction
      if (name !== 'prepare') return (target[name as keyof DatabaseSync] as (...args: unknown[]) => unknown).bind(target)
      return (text: string) => {
        const statement = target.prepare(text)
        const probability = failing(text)
        const run = statement.run.bind(statement) as (...values: unknown[]) => StatementResultingChanges
        statement.run = (...values: unknown[]) => {
          if (faults.active && probability > 0 && random.chance(probability)) throw new Error('the simulated disk is full')
          return run(...values)
        }
        return statement
      }
    },
  })
  return ({ schedule }) => {
    if (database.isTransaction) database.exec('ROLLBACK')
    return openSqliteStore({ path: ':memory:', schedule, open: () => proxy })
  }
}

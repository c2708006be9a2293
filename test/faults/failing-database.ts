import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** A database in memory whose commits fail for as long as a test wants, as on a disk that breaks at the sync. */
export class FailingDatabase extends DatabaseSync {
  failing = false
  /** How often a commit was tried while it failed. */
  failures = 0

  constructor(path = ':memory:') {
    super(path)
  }

  override prepare(sql: string): StatementSync {
    const statement = super.prepare(sql)
    if (sql !== 'COMMIT') return statement
    const commit = statement.run.bind(statement)
    statement.run = () => {
      if (!this.failing) return commit()
      this.failures++
      throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 1034 })
    }
    return statement
  }
}

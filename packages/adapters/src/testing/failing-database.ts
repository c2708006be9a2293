import { DatabaseSync, type StatementSync } from 'node:sqlite'

/** A SQLite database whose statements fail when they are told to: as on a disk that is full or broken for a moment. */
export class FailingDatabase {
  /** Every statement that was run, and `exec`uted. */
  readonly log: string[] = []
  /** Decides before each statement that changes something whether it fails. */
  fails: (sql: string) => boolean = () => false
  #real: DatabaseSync | undefined

  /** The `open` of a store's options. */
  readonly open = (path: string): DatabaseSync => {
    this.#real = new DatabaseSync(path)
    return this.#failing(this.#real)
  }

  /** The database itself, to look at what is in it. */
  get real(): DatabaseSync {
    if (!this.#real) throw new Error('the database is not open')
    return this.#real
  }

  #failing(real: DatabaseSync): DatabaseSync {
    return new Proxy(real, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target)
        if (name === 'prepare') return (sql: string) => this.#statement(target.prepare(sql), sql)
        if (name === 'exec') return (sql: string) => this.#run(sql, () => target.exec(sql))
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
  }

  #statement(statement: StatementSync, sql: string): StatementSync {
    const run = statement.run.bind(statement) as (...values: unknown[]) => ReturnType<StatementSync['run']>
    statement.run = (...values: unknown[]) => this.#run(sql, () => run(...values))
    return statement
  }

  #run<T>(sql: string, run: () => T): T {
    const text = sql.trim().replaceAll(/\s+/g, ' ')
    this.log.push(text)
    if (this.fails(text)) throw new Error(`the disk fails: ${text.slice(0, 40)}`)
    return run()
  }
}

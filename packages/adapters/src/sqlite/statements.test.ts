import { constants, DatabaseSync, type StatementSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { migrate } from './migrations.ts'
import { Statements } from './statements.ts'
import { sweepStep } from './sweep.ts'
import { SqliteTables } from './tables/sqlite-tables.ts'

/** A database in memory that knows what it was asked to prepare. */
class Recording extends DatabaseSync {
  readonly texts: string[] = []

  constructor() {
    super(':memory:')
  }

  override prepare(text: string): StatementSync {
    this.texts.push(text)
    return super.prepare(text)
  }
}

/** What the tables of a store prepare once and run again and again. */
function prepared(): { readonly database: DatabaseSync; readonly texts: readonly string[] } {
  const database = new Recording()
  const tables = migrate(database, () => 'epoch')
  database.texts.length = 0
  const statements = new Statements(database, { tables })
  new SqliteTables(statements)
  sweepStep(statements)
  return { database, texts: [...database.texts] }
}

/** Runs a statement; that its values break a constraint is fine. @returns whether it takes so many */
function takes(statement: StatementSync, values: number[]): boolean {
  try {
    statement.get(...values)
    return true
  } catch (error) {
    return !/column index out of range/.test((error as Error).message)
  }
}

test('no statement is compiled anew for the values that it is given', () => {
  const { database, texts } = prepared()
  let asked = 0
  // SQLite asks when it compiles, and not when it runs.
  database.setAuthorizer(() => {
    asked++
    return constants.SQLITE_OK
  })
  const anew = texts.filter((text) => {
    database.exec('BEGIN')
    const statement = database.prepare(text)
    const [before, values] = [asked, [] as number[]]
    while (takes(statement, values)) values.push(1)
    const isAnew = asked > before
    database.exec('ROLLBACK')
    return isAnew
  })
  expect(texts.length).toBeGreaterThan(80)
  expect(anew).toEqual([])
})

import { prepared, type Statement } from './connection.ts'

/** A table that is written many rows at a time. */
export interface Table {
  /** Adds rows that are new; fails when one is not. */
  readonly insert: Statement
  /** Adds rows, or replaces those that have the same key. */
  readonly save: Statement
  /** Removes rows, of which only the columns of the key are given. */
  readonly remove: Statement
  /** The columns, for what reads whole rows. */
  readonly columns: string
  /** Whether its rows bring their key along; without, the database numbers them. */
  readonly hasKey: boolean
  /** Tells a row of the table from the others. */
  readonly keyOf: (row: object) => string
  /** Makes a row of what is written, when it goes out: of a record that was written many times in a group the last form alone is made. */
  readonly rowOf?: (written: object) => object
}

/**
 * A table with the statements that write it. Each takes one value, a JSON array of objects that have the columns as members: so any
 * number of rows takes one statement, which is prepared once.
 *
 * @param columns all of them, unless the database fills in the rest
 * @param key the columns of the primary key
 */
export function table(name: string, columns: readonly string[], key: readonly string[]): Table {
  const list = columns.join(', ')
  const given = `json_populate_recordset(null::${name}, $1::json)`
  const insert = `INSERT INTO ${name} (${list}) SELECT ${list} FROM ${given}`
  const replaced = columns.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`)
  const conflict = `ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${replaced.join(', ')}`
  const same = key.map((column) => `t.${column} = g.${column}`).join(' AND ')
  return {
    insert: prepared(`${name} insert`, insert),
    save: prepared(`${name} save`, `${insert} ${replaced.length > 0 ? conflict : 'ON CONFLICT DO NOTHING'}`),
    remove: prepared(`${name} remove`, `DELETE FROM ${name} t USING ${given} g WHERE ${same}`),
    columns: list,
    hasKey: key.every((column) => columns.includes(column)),
    keyOf: keyOf(key),
  }
}

function keyOf(key: readonly string[]): Table['keyOf'] {
  const [first = '', ...others] = key
  if (others.length === 0) return (row) => String((row as Record<string, unknown>)[first])
  return (row) => JSON.stringify(key.map((column) => (row as Record<string, unknown>)[column]))
}

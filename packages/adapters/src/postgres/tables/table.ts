import { prepared, type Statement } from '../connection.ts'

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
  /** The values of `insert` for what was added; a JSON array of the rows unless it is given. */
  readonly insertValues?: (added: readonly object[]) => readonly unknown[]
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

/** A column of a table that most of its rows are added to by columns, with its type. */
export type TypedColumn<Row> = readonly [name: string, type: string, of: (row: Row) => string | number | boolean | null]

/**
 * How rows are added to a table that gets very many: each column is one array. To take a row from arrays costs the database 15 µs where an
 * object of a JSON array costs 23, most of the rest being the indexes.
 */
export function byColumns<Row extends object>(
  name: string,
  columns: readonly TypedColumn<Row>[],
): Required<Pick<Table, 'insert' | 'insertValues'>> {
  const list = columns.map(([column]) => column).join(', ')
  const arrays = columns.map(([, type], at) => `$${at + 1}::${type}[]`).join(', ')
  return {
    insert: prepared(`${name} insert`, `INSERT INTO ${name} (${list}) SELECT * FROM unnest(${arrays})`),
    insertValues: (added) => columns.map(([, , of]) => arrayOf((added as readonly Row[]).map(of))),
  }
}

/**
 * An array as PostgreSQL reads it. A JSON array is one but for its brackets, unless something in it is escaped; then `pg` makes it, which
 * takes far longer. Of a column that nothing is in no rows are made: `unnest` fills it up with nulls.
 */
function arrayOf(values: readonly (string | number | boolean | null)[]): unknown {
  if (values.every((value) => value === null)) return null
  const json = JSON.stringify(values)
  return json.includes('\\') ? values : `{${json.slice(1, -1)}}`
}

function keyOf(key: readonly string[]): Table['keyOf'] {
  const [first = '', ...others] = key
  if (others.length === 0) return (row) => String((row as Record<string, unknown>)[first])
  return (row) => JSON.stringify(key.map((column) => (row as Record<string, unknown>)[column]))
}

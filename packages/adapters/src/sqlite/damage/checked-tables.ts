import type { DatabaseSync } from 'node:sqlite'

/** The column that a checked table has beside its own. */
export const CHECKSUM = 'checksum'

/** A table whose rows have a checksum. */
export interface CheckedTable {
  readonly name: string
  /**
   * The columns that the checksum is over, in the order of the table. `id` is none of them: it is not known before the row is there, and an
   * index that leads to the wrong row gives it the keys that were asked for, which its checksum is over.
   */
  readonly columns: readonly string[]
  /** The columns of its primary key, in their order. */
  readonly key: readonly string[]
}

/** The checked tables of a database, by their names. */
export type CheckedTables = ReadonlyMap<string, CheckedTable>

/** Looks up the checked tables of a database; none when a program wrote it that knew no checksums. */
export function checkedTables(database: DatabaseSync): CheckedTables {
  const found = database
    .prepare(
      `SELECT t.name AS "table", c.name AS "column", c.pk AS place FROM sqlite_schema t JOIN pragma_table_info(t.name) c
       WHERE t.type = 'table' ORDER BY t.name, c.cid`,
    )
    .all() as unknown as readonly { table: string; column: string; place: number }[]
  const tables = new Map<string, CheckedTable>()
  for (const [name, all] of Map.groupBy(found, ({ table }) => table)) {
    if (!all.some(({ column }) => column === CHECKSUM)) continue
    const columns = all.map(({ column }) => column).filter((column) => column !== CHECKSUM && column !== 'id')
    const inKey = all.filter(({ place }) => place > 0).sort((one, other) => one.place - other.place)
    tables.set(name, { name, columns, key: inKey.map(({ column }) => column) })
  }
  return tables
}

/** Columns by which a row is named: numbers and SIDs, nothing that people wrote. */
const NAMING = /^(id|idx|revision|name|.*_id|.*sid)$/

/** A row as operators are told of it. @param prefix of its columns within what was read */
export function nameOfRow({ name, columns, key }: CheckedTable, row: Readonly<Record<string, unknown>>, prefix = ''): string {
  const telling = [...new Set([...key, ...columns])].filter(
    (column) => NAMING.test(column) && (row[prefix + column] ?? null) !== null,
  )
  return `row of ${name} (${telling
    .slice(0, 3)
    .map((column) => `${column} ${row[prefix + column]}`)
    .join(', ')})`
}

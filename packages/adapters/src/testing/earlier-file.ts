import { DatabaseSync } from 'node:sqlite'
import { MIGRATIONS } from '../sqlite/migrations.ts'

/**
 * Makes a file of SQLite as a program wrote it that did not know a migration yet.
 *
 * @param words that the migration has, and none before it
 * @param rows SQL that writes what is in the file
 */
export function makeEarlierFile(path: string, words: string, rows: string): void {
  const version = MIGRATIONS.findIndex((statements) => statements.includes(words))
  using database = new DatabaseSync(path)
  for (const statements of MIGRATIONS.slice(0, version)) database.exec(statements)
  database.exec(`
    INSERT INTO meta (name, value) VALUES ('epoch', 'e');
    ${rows};
    PRAGMA user_version = ${version}`)
}

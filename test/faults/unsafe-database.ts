import { DatabaseSync } from 'node:sqlite'

/*
 * A seeded bug, imported before the server: whatever the store asks for, the database does not sync. For showing that the tests would notice.
 */
const exec = DatabaseSync.prototype.exec
DatabaseSync.prototype.exec = function (sql: string): void {
  exec.call(this, sql.replace('synchronous = FULL', 'synchronous = OFF'))
}

export { keepChecksums } from './checksums.ts'
export { type Restored, type RestoreOptions, restoreBackup } from './restore.ts'
export { DatabaseOlder, openSqliteInventory } from './sqlite-inventory.ts'
export { openSqliteStore, type SqliteOptions, type SqliteStore } from './sqlite-store.ts'

export { openSqliteInventory } from './sqlite-inventory.ts'
export { openSqliteStore, type SqliteOptions, type SqliteStore } from './sqlite-store.ts'

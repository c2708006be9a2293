export { hasDataChecksums } from './data-checksums.ts'
export { withPostgresInventory } from './postgres-inventory.ts'
export { openPostgresStore, type PostgresOptions, type PostgresStore } from './postgres-store.ts'

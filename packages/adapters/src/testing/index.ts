export { testSchema } from './postgres-database.ts'
export { withPostgres } from './postgres-suite.ts'

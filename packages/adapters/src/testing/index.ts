export { FailingDatabase } from './failing-database.ts'
export { newDatabase } from './new-database.ts'
export { testSchema } from './postgres-database.ts'
export { withPostgres } from './postgres-suite.ts'

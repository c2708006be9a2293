export { type Copied, type RowCounts, TargetNotEmpty } from './copy-to-postgres.ts'
export { type Moved, type MoveOptions, moveToPostgres } from './move-to-postgres.ts'
export { type RestoreToPostgresOptions, restoreToPostgres } from './restore-to-postgres.ts'

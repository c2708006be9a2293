import { describeCore } from '@conversa/core/testing'
import { openSqliteStore } from './sqlite-store.ts'

describeCore('SQLite', () => openSqliteStore({ path: ':memory:' }))

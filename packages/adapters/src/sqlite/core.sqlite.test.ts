import { describeCore } from '@conversa/core/testing'
import { newDatabase } from '../testing/new-database.ts'
import { openSqliteStore } from './sqlite-store.ts'

describeCore('SQLite', () => openSqliteStore({ path: ':memory:', open: newDatabase }))

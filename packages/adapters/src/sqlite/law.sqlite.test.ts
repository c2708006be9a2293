import { describeLaw, describeModel } from '@conversa/core/testing'
import { newDatabase } from '../testing/new-database.ts'
import { openSqliteStore } from './sqlite-store.ts'

const open = () => openSqliteStore({ path: ':memory:', open: newDatabase })

describeLaw('SQLite', open)
describeModel('SQLite', { open, runs: 200 })

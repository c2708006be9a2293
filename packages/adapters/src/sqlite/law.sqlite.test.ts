import { describeLaw, describeModel } from '@conversa/core/testing'
import { openSqliteStore } from './sqlite-store.ts'

const open = () => openSqliteStore({ path: ':memory:' })

describeLaw('SQLite', open)
describeModel('SQLite', { open, runs: 200 })

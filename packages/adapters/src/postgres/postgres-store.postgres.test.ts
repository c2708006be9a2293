import { describeDurableStore } from '@conversa/core/testing'
import { openTestStore, withPostgres } from '../testing/postgres-suite.ts'

withPostgres(() => describeDurableStore('PostgreSQL', openTestStore))

import { describeSharedStore } from '@conversa/core/testing'
import { openTestStore, withPostgres } from '../testing/postgres-suite.ts'

withPostgres(() => describeSharedStore('PostgreSQL', openTestStore))

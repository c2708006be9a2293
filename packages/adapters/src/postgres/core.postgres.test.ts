import { describeCore } from '@conversa/core/testing'
import { openTestStore, withPostgres } from '../testing/postgres-suite.ts'

withPostgres(() => describeCore('PostgreSQL', async () => (await openTestStore()).store))

import { describeLaw, describeModel } from '@conversa/core/testing'
import { openTestStore, withPostgres } from '../testing/postgres-suite.ts'

const open = async () => (await openTestStore()).store

withPostgres(() => {
  describeLaw('PostgreSQL', open)
  describeModel('PostgreSQL', { open, runs: 20 })
})

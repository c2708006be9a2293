import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { afterAll, onTestFinished, test } from 'vitest'
import { endServerProcesses } from '../end-to-end/server-process.ts'
import { KILLS, surviveKills } from './kills.ts'

withPostgres(() => {
  afterAll(endServerProcesses)

  test(`nothing acknowledged is lost or doubled on PostgreSQL over ${KILLS} kills under load`, { timeout: 600_000 }, async () => {
    const { url, free } = await testSchema()
    onTestFinished(free)
    await surviveKills(url)
  })
})

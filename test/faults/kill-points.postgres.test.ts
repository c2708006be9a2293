import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { endServerProcesses } from '../end-to-end/server-process.ts'
import { killPointsOfBug, surviveKillPoints } from './kill-points.ts'
import { withoutTracing } from './system-call-kill.ts'

const TIME = { timeout: 900_000 }
const STEPS = [
  'reading the request',
  'asking the database',
  'hearing from the database',
  'committing',
  'hearing of the commit',
  'acknowledging',
  'telling a member',
  'calling the webhook',
  'hearing from the webhook',
]

async function schema() {
  const database = await testSchema()
  onTestFinished(() => database.free())
  return database
}

withPostgres(() => {
  afterAll(endServerProcesses)

  describe('a server on PostgreSQL that is killed at any point of a send', () => {
    beforeEach(({ skip }) => skip(withoutTracing !== undefined, withoutTracing))

    test('loses and doubles nothing', TIME, async () => {
      await surviveKillPoints('PostgreSQL', { database: await schema() }, STEPS)
    })

    test('is found out when it acknowledges before it commits', TIME, async () => {
      expect((await killPointsOfBug({ database: await schema() })).join()).toMatch('was acknowledged')
    })
  })
})

import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { endServerProcesses } from '../end-to-end/server-process.ts'
import { killPointsOfBug, surviveKillPoints } from './kill-points.ts'
import { withoutTracing } from './system-call-kill.ts'

const TIME = { timeout: 900_000 }
const STEPS = [
  'reading the request',
  'writing the log',
  'syncing the log',
  'acknowledging',
  'telling a member',
  'calling the webhook',
  'hearing from the webhook',
]

afterAll(endServerProcesses)

describe('a server on SQLite that is killed at any point of a send', () => {
  beforeEach(({ skip }) => skip(withoutTracing !== undefined, withoutTracing))

  test('loses and doubles nothing', TIME, () => surviveKillPoints('SQLite', {}, STEPS))

  test('is found out when it acknowledges before it commits', TIME, async () => {
    expect((await killPointsOfBug({})).join()).toMatch('was acknowledged')
  })
})

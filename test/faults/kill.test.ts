import { afterAll, test } from 'vitest'
import { endServerProcesses } from '../end-to-end/server-process.ts'
import { KILLS, surviveKills } from './kills.ts'

afterAll(endServerProcesses)

test(`nothing acknowledged is lost or doubled on SQLite over ${KILLS} kills under load`, { timeout: 600_000 }, () =>
  surviveKills(),
)

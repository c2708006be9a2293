import { setTimeout as pause } from 'node:timers/promises'
import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { endServerProcesses } from '../end-to-end/server-process.ts'
import { type Loss, TcpFront } from '../end-to-end/tcp-front.ts'
import { NatsProcess } from './nats-process.ts'
import { Fleet } from './node-fleet.ts'

const ROUNDS = Number(process.env.PARTITIONS ?? 1)
/** Milliseconds that a partition lasts when its effect has shown. */
const PARTITION = Number(process.env.PARTITION ?? 0)

type Partition = readonly ['bus' | 'database', Loss]
const PARTITIONS: readonly Partition[] = [
  ['bus', 'everything'],
  ['bus', 'requests'],
  ['database', 'everything'],
  ['database', 'answers'],
]

withPostgres(() => {
  afterAll(endServerProcesses)

  test('a node that is cut off from the bus, or from the database, loses nothing and acknowledges nothing that may be lost', {
    timeout: ROUNDS * 300_000,
  }, async () => {
    const { url, free } = await testSchema()
    onTestFinished(free)
    await using nats = await NatsProcess.start()
    await using database = await TcpFront.begin(url)
    await using bus = await TcpFront.begin(nats.url)
    await using fleet = await Fleet.start({
      databaseUrl: url,
      natsUrl: nats.url,
      ofFirst: { databaseUrl: database.url, natsUrl: bus.url },
    })
    const ready = async (node: number) => (await fetch(`${fleet.nodes[node]?.url}/readyz`)).status
    const withoutDatabase = async () => {
      await expect.poll(() => ready(0), { timeout: 60_000 }).toBe(503)
      const before = fleet.acknowledgedAtFirst
      await fleet.goOn(50)
      expect(fleet.acknowledgedAtFirst).toBe(before)
      expect(await ready(1)).toBe(200)
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const [what, loss] of PARTITIONS) {
        await fleet.goOn(50)
        const link = what === 'bus' ? bus : database
        link.sever(loss)
        if (what === 'bus') await fleet.goOn(100)
        else await withoutDatabase()
        await pause(PARTITION)
        link.heal()
        await expect.poll(() => ready(0), { timeout: 60_000 }).toBe(200)
      }
    }
    await fleet.goOn(100)
    await fleet.judge(false)
    process.stdout.write(
      `  ${fleet.acknowledged} acknowledged sends over ${ROUNDS * PARTITIONS.length} partitions: 0 lost, 0 doubled\n`,
    )
  })
})

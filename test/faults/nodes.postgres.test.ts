import { setTimeout as pause } from 'node:timers/promises'
import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { endServerProcesses } from '../end-to-end/server-process.ts'
import { NatsProcess } from './nats-process.ts'
import { Fleet } from './node-fleet.ts'
import { PostgresCluster, withoutCluster } from './postgres-cluster.ts'

const TIME = 900_000
/** How often PostgreSQL crashes. */
const CRASHES = Number(process.env.CRASHES ?? 3)
/** Milliseconds for which NATS stays away when that has made no difference so far. */
const OUTAGE = Number(process.env.OUTAGE ?? 0)
/** Milliseconds for which the database stays frozen when everybody has been turned away. */
const FREEZE = Number(process.env.FREEZE ?? 0)
/** Bytes by which a node may grow meanwhile (reliability F6). */
const MOST_GROWTH = 50 * 1024 * 1024

async function schema(): Promise<string> {
  const { url, free } = await testSchema()
  onTestFinished(free)
  return url
}

withPostgres(() => {
  afterAll(endServerProcesses)

  describe('two nodes', () => {
    test('on PostgreSQL alone lose nothing and order everything, also when one of them is killed', {
      timeout: TIME,
    }, async () => {
      await using fleet = await Fleet.start({ databaseUrl: await schema() })
      await fleet.goOn(200)
      await fleet.killFirst()
      await fleet.goOn(200)
      await fleet.restartFirst()
      await fleet.goOn(200)
      await fleet.judge()
    })

    test('lose nothing when NATS goes away, and when it comes back', { timeout: TIME }, async () => {
      await using nats = await NatsProcess.start()
      await using fleet = await Fleet.start({ databaseUrl: await schema(), natsUrl: nats.url })
      await fleet.goOn(200)
      await nats.kill()
      await fleet.goOn(200)
      await pause(OUTAGE)
      await nats.resume()
      await fleet.goOn(200)
      await fleet.judge()
      process.stdout.write(`  ${fleet.acknowledged} acknowledged sends with NATS away for a while: 0 lost, 0 doubled\n`)
    })

    test.skipIf(withoutCluster)('lose nothing when PostgreSQL crashes and comes back', { timeout: TIME }, async () => {
      await using cluster = await PostgresCluster.start()
      await using fleet = await Fleet.start({ databaseUrl: cluster.url })
      const ready = async () => (await fetch(`${fleet.nodes[0].url}/readyz`)).status
      for (let times = 0; times < CRASHES; times++) {
        await fleet.goOn(100)
        await cluster.crash()
        if (times === 0) await expect.poll(ready, { timeout: 30_000 }).toBe(503)
        await cluster.recover()
      }
      await fleet.goOn(100)
      expect(await ready()).toBe(200)
      await fleet.judge(false)
      process.stdout.write(
        `  ${fleet.acknowledged} acknowledged sends over ${CRASHES} crashes of PostgreSQL: 0 lost, 0 doubled\n`,
      )
    })

    test.skipIf(withoutCluster)(
      'turn senders away while PostgreSQL is frozen, and double nothing afterwards',
      {
        timeout: TIME,
      },
      async () => {
        await using cluster = await PostgresCluster.start()
        await using fleet = await Fleet.start({ databaseUrl: cluster.url })
        await fleet.goOn(100)
        const memory = () => Promise.all(fleet.nodes.map((node) => node.residentBytes()))
        const before = await memory()
        await cluster.freeze()
        const at = performance.now()
        const earlier = fleet.putOff
        const areAllTold = () => fleet.putOff.every((count, writer) => count > (earlier[writer] ?? 0))
        await expect.poll(areAllTold, { timeout: 60_000 }).toBe(true)
        const told = performance.now() - at
        await pause(FREEZE)
        for (const [node, bytes] of (await memory()).entries()) expect(bytes - (before[node] ?? 0)).toBeLessThan(MOST_GROWTH)
        await cluster.thaw()
        await fleet.goOn(100)
        await fleet.judge(false)
        process.stdout.write(`  all senders were told after ${(told / 1000).toFixed(1)} s that the database is frozen\n`)
      },
    )
  })
})

import { testSchema, withPostgres } from '@conversa/adapters/testing'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { endServerProcesses } from '../end-to-end/server-process.ts'
import { NatsProcess } from './nats-process.ts'
import { Fleet } from './node-fleet.ts'
import { PostgresCluster, withoutCluster } from './postgres-cluster.ts'

const TIME = 300_000

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
      await nats.resume()
      await fleet.goOn(200)
      await fleet.judge()
    })

    test.skipIf(withoutCluster)('lose nothing when PostgreSQL crashes and comes back', { timeout: TIME }, async () => {
      await using cluster = await PostgresCluster.start()
      await using fleet = await Fleet.start({ databaseUrl: cluster.url })
      const ready = async () => (await fetch(`${fleet.nodes[0].url}/readyz`)).status
      for (let times = 0; times < 3; times++) {
        await fleet.goOn(100)
        await cluster.crash()
        if (times === 0) await expect.poll(ready, { timeout: 30_000 }).toBe(503)
        await cluster.recover()
      }
      await fleet.goOn(100)
      expect(await ready()).toBe(200)
      await fleet.judge(false)
    })
  })
})

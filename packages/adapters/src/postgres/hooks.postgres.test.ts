import { type Bus, Core, type HookAnswer, type HookRequest, type Store } from '@conversa/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MemoryBus } from '../memory/index.ts'
import { type TestSchema, testSchema } from '../testing/postgres-database.ts'
import { withPostgres } from '../testing/postgres-suite.ts'
import { openPostgresStore } from './postgres-store.ts'

const QUEUE = { kind: 'webhook', destination: 'WH1', subject: 'CH1' } as const

const draft = (number: number) => ({
  ...QUEUE,
  eventId: String(number),
  accountSid: 'AC1',
  payload: { url: 'http://after.example/', method: 'POST' as const, fields: {} },
  dateCreated: 0,
})

/** A node that tells webhooks by what a test gives it. @param haste how many times as fast its time passes */
async function node(
  { url }: TestSchema,
  send: (request: HookRequest) => Promise<HookAnswer>,
  bus?: Bus,
  haste = 1,
): Promise<{ core: Core; store: Store }> {
  const store = await openPostgresStore({ url, connections: 4 })
  onTestFinished(() => store.close())
  const core = new Core({
    store,
    bus,
    now: () => Date.now() * haste,
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds / haste)
      return () => clearTimeout(timer)
    },
    random: (bytes) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>),
    digest: (text) => text,
    hooks: { send, unanswered: () => {} },
  })
  return { core, store }
}

async function schema(): Promise<TestSchema> {
  const made = await testSchema()
  onTestFinished(made.free)
  return made
}

const waiting = (store: Store) => store.read((reads) => reads.outboxEntries(QUEUE, 100))

withPostgres(() =>
  describe('webhooks, told by several nodes', () => {
    test('are told once and in order', async () => {
      const shared = await schema()
      const told: string[] = []
      const send = async ({ eventId }: HookRequest) => {
        told.push(eventId)
        return { status: 200, body: '' }
      }
      const nodes = [await node(shared, send), await node(shared, send)]
      const [one] = nodes
      if (!one) throw new Error('there is no node')
      await one.store.transact([], (tx) => {
        for (let number = 0; number < 20; number++) tx.addEntry(draft(number))
      })
      await Promise.all(nodes.map(({ core }) => core.startOutbox()))
      await expect.poll(() => waiting(one.store), { timeout: 20_000 }).toEqual([])
      for (const { core } of nodes) await core.stopOutbox()
      expect(told).toEqual(Array.from({ length: 20 }, (_, number) => String(number)))
    })

    test('are taken over from a node that does not go on, which cannot say anything more about them', async () => {
      const shared = await schema()
      const late = Promise.withResolvers<HookAnswer>()
      const begun = Promise.withResolvers<void>()
      const slow = await node(shared, () => {
        begun.resolve()
        return late.promise
      })
      let tries = 0
      const next = await node(shared, async () => {
        tries++
        return { status: 500, body: '' }
      })
      await slow.store.transact([], (tx) => tx.addEntry(draft(1)))
      await slow.core.startOutbox()
      await begun.promise
      await next.core.startOutbox()
      await next.core.stopOutbox()
      // It is held by the other one.
      expect(tries).toBe(0)
      const taking = await node(shared, async () => {
        tries++
        return { status: 500, body: '' }
      })
      await shared.run('UPDATE leases SET expires = now()')
      await taking.core.startOutbox()
      await expect.poll(async () => (await waiting(slow.store))[0]?.attempts, { timeout: 20_000 }).toBe(1)
      late.resolve({ status: 200, body: '' })
      await slow.core.stopOutbox()
      expect(await waiting(slow.store)).toMatchObject([{ eventId: '1', attempts: 1 }])
      await taking.core.stopOutbox()
    })

    test('stay with a node that waits long for an answer', async () => {
      const shared = await schema()
      const late = Promise.withResolvers<HookAnswer>()
      const begun = Promise.withResolvers<void>()
      const send = () => {
        begun.resolve()
        return late.promise
      }
      const { core, store } = await node(shared, send, undefined, 100)
      await store.transact([], (tx) => tx.addEntry(draft(1)))
      await core.startOutbox()
      await begun.promise
      await shared.run("UPDATE leases SET expires = now() + interval '5 seconds'")
      const renewed = "SELECT 1 FROM leases WHERE expires > now() + interval '10 seconds'"
      await expect.poll(async () => (await shared.run(renewed)).rowCount, { timeout: 20_000 }).toBe(1)
      late.resolve({ status: 200, body: '' })
      await core.settled()
      expect(await waiting(store)).toEqual([])
      await core.stopOutbox()
    })

    test('get a dead letter at once that is replayed elsewhere, whatever pause its queue makes', async () => {
      const shared = await schema()
      const bus = new MemoryBus()
      const told: string[] = []
      let isUp = false
      const send = async ({ eventId }: HookRequest) => {
        told.push(eventId)
        return { status: isUp ? 200 : 500, body: '' }
      }
      const [telling, other] = [await node(shared, send, bus.join()), await node(shared, send, bus.join())]
      await telling.store.transact([], (tx) => {
        tx.addEntry(draft(1))
        tx.addEntry(draft(2))
      })
      const [dying, pausing] = await waiting(telling.store)
      if (!dying || !pausing) throw new Error('nothing waits')
      // So long a pause does not end within the test.
      const due = Date.now() + 86_400_000
      await telling.store.transact([], (tx) => {
        tx.saveEntry({ ...dying, dead: true })
        tx.saveEntry({ ...pausing, due })
      })
      await telling.core.startOutbox()
      await telling.core.settled()
      expect(told).toEqual([])
      isUp = true
      await other.core.deadLetters.replay('AC1', dying.id)
      await expect.poll(() => waiting(other.store), { timeout: 20_000 }).toMatchObject([{ eventId: '2', attempts: 0 }])
      expect(told).toEqual(['1'])
      await Promise.all([telling, other].map(({ core }) => core.stopOutbox()))
    })
  }),
)

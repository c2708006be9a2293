import { describe, expect, onTestFinished, test } from 'vitest'
import type { HookDraft, WebhookRecord } from '../records.ts'
import type { Store, Tx } from '../store.ts'
import { sid } from './core-world.ts'
import type { OpenedStore } from './store-contract.ts'
import { conversationRecord, OTHER_SERVICE, SERVICE, serviceRecord } from './store-records.ts'

function webhookRecord(fields: Partial<WebhookRecord>): WebhookRecord {
  return {
    sid: sid('WH', 1),
    accountSid: sid('AC', 1),
    serviceSid: SERVICE,
    conversationSid: null,
    target: 'webhook',
    preUrl: 'http://before.example/',
    postUrl: 'http://after.example/',
    method: 'GET',
    filters: ['onMessageAdded', 'onMessageAdd'],
    triggers: ['help'],
    flowSid: sid('FW', 1),
    dateCreated: 1,
    dateUpdated: 2,
    ...fields,
  }
}

function draft(webhook: number, subject: string, event: string): HookDraft {
  return {
    eventId: event,
    webhookSid: sid('WH', webhook),
    subject,
    accountSid: sid('AC', 1),
    url: 'http://after.example/',
    method: 'POST',
    fields: { EventType: 'onMessageAdded', Body: 'hé\n' },
    dateCreated: 5,
  }
}

/** What a store keeps of webhooks and of what they are still to be told. */
export function storeHooksContract(open: () => Promise<OpenedStore>): void {
  const begin = async () => {
    const { store } = await open()
    onTestFinished(() => store.close())
    await store.transact([], (tx) => {
      tx.saveService(serviceRecord())
      tx.saveConversation(conversationRecord(1))
    })
    return store
  }
  const write = (store: Store, work: (tx: Tx) => void) => store.transact([], work)
  const room = conversationRecord(1).sid

  describe('webhooks', () => {
    test('of the account, the service and the conversation hear of it, in this order', async () => {
      const store = await begin()
      const hear = (conversationSid?: string) => store.read((reads) => reads.listening(SERVICE, conversationSid))
      expect(await hear(room)).toEqual([])
      const account = webhookRecord({ sid: serviceRecord().accountSid, serviceSid: null, target: 'flex', preUrl: null })
      const service = webhookRecord({ sid: SERVICE })
      const scoped = [2, 1].map((number) => webhookRecord({ sid: sid('WH', number), conversationSid: room }))
      const foreign = webhookRecord({ sid: sid('WH', 3), conversationSid: sid('CH', 99) })
      await write(store, (tx) => {
        for (const record of [foreign, ...scoped, service, account]) tx.saveWebhook(record)
      })
      expect(await hear(room)).toEqual([account, service, scoped[1], scoped[0]])
      expect(await hear()).toEqual([account, service])
      expect(await store.read((reads) => reads.listening(OTHER_SERVICE, undefined))).toEqual([])
      await write(store, (tx) => tx.saveWebhook({ ...service, filters: [] }))
      expect(await store.read((reads) => reads.webhook(SERVICE))).toEqual({ ...service, filters: [] })
      await write(store, (tx) => tx.removeConversation(conversationRecord(1)))
      expect(await store.read((reads) => reads.conversationWebhooks(room))).toEqual([])
      await write(store, (tx) => {
        tx.removeWebhook(account)
        tx.removeService(serviceRecord())
      })
      expect(await hear(room)).toEqual([])
      expect(await store.read((reads) => reads.webhook(foreign.sid))).toEqual(foreign)
    })

    test('that were never committed hear nothing', async () => {
      const store = await begin()
      const failed = write(store, (tx) => {
        tx.saveWebhook(webhookRecord({ sid: SERVICE }))
        tx.addHook(draft(1, room, 'a'))
        throw new Error('of a test')
      })
      await expect(failed).rejects.toThrow('of a test')
      expect(await store.read((reads) => reads.listening(SERVICE, room))).toEqual([])
      expect(await store.read((reads) => reads.hookQueues())).toEqual([])
    })
  })

  describe('deliveries', () => {
    test('wait in their order, each webhook and subject apart, until they are removed or given up', async () => {
      const store = await begin()
      await write(store, (tx) => {
        for (const added of [draft(1, room, 'a'), draft(2, room, 'a'), draft(1, 'US1', 'b'), draft(1, room, 'c')])
          tx.addHook(added)
      })
      const queue = { webhookSid: sid('WH', 1), subject: room }
      const waiting = () => store.read((reads) => reads.hookDeliveries(queue, 10))
      const dead = (after = 0) => store.read((reads) => reads.deadHooks(after, 10))
      const counts = () => store.read((reads) => reads.hookCounts())
      expect(await counts()).toEqual({ waiting: 4, dead: 0 })
      expect(await store.read((reads) => reads.hookQueues())).toHaveLength(3)
      const [first, second] = await waiting()
      if (!first || !second) throw new Error('unable to find what was added')
      expect(first).toEqual({ ...draft(1, room, 'a'), id: first.id, attempts: 0, due: 0, dead: false })
      expect([second.eventId, second.id > first.id]).toEqual(['c', true])
      expect(await store.read((reads) => reads.hookDeliveries(queue, 1))).toEqual([first])
      const tried = { ...first, attempts: 1, due: 99 }
      await write(store, (tx) => tx.saveHook(tried))
      expect(await waiting()).toEqual([tried, second])
      await write(store, (tx) => tx.saveHook({ ...tried, dead: true }))
      expect([await waiting(), await dead(), await dead(first.id)]).toEqual([[second], [{ ...tried, dead: true }], []])
      expect(await counts()).toEqual({ waiting: 3, dead: 1 })
      await write(store, (tx) => {
        tx.removeHook(first.id)
        tx.removeHook(second.id)
      })
      expect([await waiting(), await dead()]).toEqual([[], []])
      expect(await counts()).toEqual({ waiting: 2, dead: 0 })
      expect(await store.read((reads) => reads.hookQueues())).toHaveLength(2)
    })
  })
}

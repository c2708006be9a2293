import { describe, expect, onTestFinished, test } from 'vitest'
import type { Store, Tx } from '../ports/store.ts'
import type { WebhookRecord } from '../records/records.ts'
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

/** What a store keeps of webhooks. */
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
        throw new Error('of a test')
      })
      await expect(failed).rejects.toThrow('of a test')
      expect(await store.read((reads) => reads.listening(SERVICE, room))).toEqual([])
    })
  })
}

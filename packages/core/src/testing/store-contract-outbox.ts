import { describe, expect, onTestFinished, test } from 'vitest'
import type { Store, Tx } from '../ports/store.ts'
import type { OutboxDraft } from '../records/outbox-entry.ts'
import { sid } from './core-world.ts'
import type { OpenedStore } from './store-contract.ts'

const WEBHOOK = sid('WH', 1)
const ROOM = sid('CH', 1)

function told(destination: string, subject: string, eventId: string): OutboxDraft<'webhook'> {
  const payload = {
    url: 'http://after.example/',
    method: 'POST',
    fields: { EventType: 'onMessageAdded', Body: 'hé\n' },
  } as const
  return { kind: 'webhook', destination, subject, eventId, accountSid: sid('AC', 1), payload, dateCreated: 5 }
}

function sent(destination: string, subject: string): OutboxDraft<'channel'> {
  const payload = { serviceSid: sid('IS', 1), conversationSid: ROOM, index: 7, participantSid: sid('MB', 1) }
  return { kind: 'channel', destination, subject, eventId: 'e', accountSid: sid('AC', 1), payload, dateCreated: 6 }
}

/** What a store keeps of what is to leave the server. */
export function storeOutboxContract(open: () => Promise<OpenedStore>): void {
  const begin = async () => {
    const { store } = await open()
    onTestFinished(() => store.close())
    return store
  }
  const write = (store: Store, work: (tx: Tx) => void) => store.transact([], work)

  describe('entries of the outbox', () => {
    test('wait in their order, each destination and subject apart, until they are removed or given up', async () => {
      const store = await begin()
      await write(store, (tx) => {
        for (const draft of [
          told(WEBHOOK, ROOM, 'a'),
          told(sid('WH', 2), ROOM, 'a'),
          told(WEBHOOK, 'US1', 'b'),
          told(WEBHOOK, ROOM, 'c'),
        ])
          tx.addEntry(draft)
      })
      const queue = { kind: 'webhook', destination: WEBHOOK, subject: ROOM } as const
      const waiting = () => store.read((reads) => reads.outboxEntries(queue, 10))
      const dead = (after = 0) => store.read((reads) => reads.deadEntries(after, 10))
      const counts = () => store.read((reads) => reads.outboxCounts('webhook'))
      expect(await counts()).toEqual({ waiting: 4, dead: 0 })
      expect(await store.read((reads) => reads.outboxQueues())).toHaveLength(3)
      const [first, second] = await waiting()
      if (!first || !second) throw new Error('unable to find what was added')
      expect(first).toEqual({ ...told(WEBHOOK, ROOM, 'a'), id: first.id, attempts: 0, due: 0, dead: false })
      expect([second.eventId, second.id > first.id]).toEqual(['c', true])
      expect(await store.read((reads) => reads.outboxEntries(queue, 1))).toEqual([first])
      const tried = { ...first, attempts: 1, due: 99 }
      await write(store, (tx) => tx.saveEntry(tried))
      expect(await waiting()).toEqual([tried, second])
      await write(store, (tx) => tx.saveEntry({ ...tried, dead: true }))
      expect([await waiting(), await dead(), await dead(first.id)]).toEqual([[second], [{ ...tried, dead: true }], []])
      expect(await counts()).toEqual({ waiting: 3, dead: 1 })
      await write(store, (tx) => {
        tx.removeEntry(first.id)
        tx.removeEntry(second.id)
      })
      expect([await waiting(), await dead()]).toEqual([[], []])
      expect(await counts()).toEqual({ waiting: 2, dead: 0 })
      expect(await store.read((reads) => reads.outboxQueues())).toHaveLength(2)
    })

    test('of one kind are apart from those of another, whatever their destinations are called', async () => {
      const store = await begin()
      await write(store, (tx) => {
        tx.addEntry(told(WEBHOOK, ROOM, 'a'))
        tx.addEntry(sent(WEBHOOK, ROOM))
      })
      const queue = { kind: 'channel', destination: WEBHOOK, subject: ROOM } as const
      const found = await store.read((reads) => reads.outboxEntries(queue, 10))
      expect(found).toEqual([{ ...sent(WEBHOOK, ROOM), id: found[0]?.id, attempts: 0, due: 0, dead: false }])
      expect(await store.read((reads) => reads.outboxQueues())).toEqual(
        expect.arrayContaining([queue, { ...queue, kind: 'webhook' }]),
      )
      expect(await store.read((reads) => reads.outboxCounts('channel'))).toEqual({ waiting: 1, dead: 0 })
    })

    test('are not due before they say so', async () => {
      const store = await begin()
      await write(store, (tx) => tx.addEntry({ ...told(WEBHOOK, ROOM, 'a'), due: 99 }))
      const queue = { kind: 'webhook', destination: WEBHOOK, subject: ROOM } as const
      expect(await store.read((reads) => reads.outboxEntries(queue, 10))).toMatchObject([{ eventId: 'a', due: 99, attempts: 0 }])
    })

    test('that were never committed are not there', async () => {
      const store = await begin()
      const failed = write(store, (tx) => {
        tx.addEntry(told(WEBHOOK, ROOM, 'a'))
        throw new Error('of a test')
      })
      await expect(failed).rejects.toThrow('of a test')
      expect(await store.read((reads) => reads.outboxQueues())).toEqual([])
    })
  })
}
